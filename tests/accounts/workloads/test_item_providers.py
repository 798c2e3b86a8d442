"""Naming log lines and commands opaquely; opening one as row-level security lets the role see it."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.personaldata.item_providers import ItemGoneError, provider_of
from core import db
from tests.authorisations import listing, step_entry
from tests.platform_rows import put_row, put_rows
from vault.services import decryptor

APP = uuid.UUID(int=7)


def test_staff_name_lines_of_a_period_and_never_read_them(user, make_user, now):
    put_rows("workloads_logline", user.reference, now, 60)
    put_row("workloads_logline", make_user("omar").reference, now)
    with listing(user.reference, "workloads.logline"):
        items = provider_of("workloads.logline").name_items(
            user.reference, app=APP, start=now, end=now + timedelta(hours=1)
        )
    assert len(items) == 60
    assert "canary" not in repr(items)
    assert "error" in items[0].label
    with listing(user.reference, "workloads.logline"):
        two = provider_of("workloads.logline").name_items(
            user.reference, app=APP, start=now + timedelta(seconds=58), end=now + timedelta(hours=1)
        )
    assert len(two) == 2


@pytest.mark.parametrize("where", [{}, {"app": APP}, {"app": APP, "start": 1, "end": 2}])
def test_a_period_that_says_too_little_is_refused(user, where):
    with db.use_role("staff"), pytest.raises(ValueError, match=r"Name the app|Say from when"):
        provider_of("workloads.logline").name_items(user.reference, **where)


def test_a_period_that_ends_before_it_starts_is_refused(user, now):
    with db.use_role("staff"), pytest.raises(ValueError, match="after the start"):
        provider_of("workloads.command").name_items(user.reference, start=now, end=now)


def test_commands_are_named_by_time(user, now):
    item = put_row("workloads_command", user.reference, now)
    with listing(user.reference, "workloads.command"):
        (named,) = provider_of("workloads.command").name_items(
            user.reference, start=now, end=now + timedelta(seconds=1)
        )
    assert named.id == item
    assert named.facts == {"time": "2026-11-23 09:30:00 UTC"}  # the same for every reader
    assert named.label == "Command of 23 Nov 2026, 09:30:00 UTC"
    with timezone.override("Asia/Tokyo"):
        assert named.label == "Command of 23 Nov 2026, 18:30:00 UTC+09:00"


def test_fetch_opens_one_item_where_the_role_sees_it(user, now):
    line = put_row("workloads_logline", user.reference, now)
    command = put_row("workloads_command", user.reference, now)
    entry = step_entry(user.reference, now)
    with db.use_role("worker"), db.authorised_by(user.reference, entry):
        opener = decryptor(user.reference, entry)
        assert provider_of("workloads.logline").fetch(line, opener)["Text"].startswith("canary-log-text")
        assert provider_of("workloads.command").fetch(command, opener) == {
            "Time": "23 Nov 2026, 09:30:00 UTC",
            "Command": "omega run deploy shop",
            "Exit code": "0",
        }


def test_fetch_finds_nothing_where_the_role_sees_nothing(user, make_user, now):
    line = put_row("workloads_logline", user.reference, now)
    theirs = put_row("workloads_logline", make_user("omar").reference, now)
    entry = step_entry(user.reference, now)
    with db.use_role("worker"):
        opener = decryptor(user.reference, entry)
        with pytest.raises(ItemGoneError):
            provider_of("workloads.logline").fetch(line, opener)
        with db.authorised_by(user.reference, entry), pytest.raises(ItemGoneError):
            provider_of("workloads.logline").fetch(theirs, opener)
