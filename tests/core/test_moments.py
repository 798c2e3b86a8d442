"""Dates and times on pages: one shape, the reader's zone, the exact time beside a relative one."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.template import engines
from django.utils import timezone, translation

from core.moments import place_with_offset

NOW = datetime(2026, 11, 28, 14, 59, 7, tzinfo=UTC)


def shown(text: str, zone: str = "Asia/Dubai", language: str = "en", **context: object) -> str:
    with timezone.override(ZoneInfo(zone)), translation.override(language), time_machine.travel(NOW, tick=False):
        return engines["django"].from_string(text).render(context)


def test_a_moment_is_in_the_readers_zone_with_its_exact_time() -> None:
    assert shown("{% moment at %}", at=NOW) == (
        '<time datetime="2026-11-28T18:59:07+04:00" title="28 Nov 2026, 18:59:07 UTC+04:00">28 Nov 2026, 18:59</time>'
    )
    assert ">28 Nov 2026, 18:59:07<" in shown("{% moment at seconds=True %}", at=NOW)
    assert 'title="28 Nov 2026, 14:59:07 UTC"' in shown("{% moment at %}", zone="UTC", at=NOW)
    assert shown("{% moment at %}{% day at %}", at=None) == ""


@pytest.mark.parametrize(
    ("away", "text"),
    [
        (timedelta(seconds=-59), "just now"),
        (timedelta(seconds=59), "in less than a minute"),
        (timedelta(minutes=-1), "1 minute ago"),
        (timedelta(minutes=-59, seconds=-59), "59 minutes ago"),
        (timedelta(hours=-23, minutes=-59), "23 hours ago"),
        (timedelta(minutes=3), "in 3 minutes"),
        (timedelta(hours=1), "in 1 hour"),
    ],
)
def test_a_relative_moment_keeps_the_exact_time(away: timedelta, text: str) -> None:
    found = shown("{% moment at relative=True %}", at=NOW + away)
    assert f">{text}</time>" in found
    assert found.startswith('<time class="relative" datetime=')
    assert 'title="28 Nov 2026' in found or 'title="27 Nov 2026' in found


def test_a_relative_moment_a_day_away_is_a_date() -> None:
    for days in (-1, 1, 400):
        at = NOW + timedelta(days=days)
        assert shown("{% moment at relative=True %}", at=at) == shown("{% moment at %}", at=at)


def test_a_day_is_the_readers() -> None:
    late = datetime(2026, 11, 28, 23, 30, tzinfo=UTC)
    assert shown("{% day at %}", at=late) == '<time datetime="2026-11-29">29 Nov 2026</time>'
    assert shown("{% day at %}", at=date(2026, 3, 1)) == '<time datetime="2026-03-01">1 Mar 2026</time>'
    assert shown("{% day at %}", at=late, language="ar") == '<time datetime="2026-11-29">29 نوفمبر 2026</time>'


def test_a_moment_stands_in_a_sentence() -> None:
    sentence = "{% load i18n %}{% moment at as when %}{% blocktranslate %}ends {{ when }}{% endblocktranslate %}"
    assert shown(sentence, at=NOW).startswith('ends <time datetime="')


def test_a_zone_is_its_place_and_offset() -> None:
    assert shown("{% time_zone %}") == "Dubai (UTC+04:00)"
    assert shown("{% time_zone %}", language="ar") == "دبي (UTC+04:00)"
    assert shown("{% time_zone %}", zone="UTC") == "UTC"
    assert place_with_offset("Europe/Berlin", NOW) == "Berlin (UTC+01:00)"
    assert place_with_offset("Europe/Berlin", NOW + timedelta(days=200)) == "Berlin (UTC+02:00)"
    assert place_with_offset("Etc/GMT+5", NOW) == "Etc/GMT+5 (UTC-05:00)"
