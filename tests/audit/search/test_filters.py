"""The filter: read strictly from text, written as text and as SQL."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from audit.errors import FilterError
from audit.search.filters import Filter
from audit.staff.export_forms import ExportForm
from audit.staff.search_forms import LogFilter

WHOLE = {
    "after": "2026-11-23T09:30:00.000000Z",
    "before": "2026-11-24T00:00:00.000000Z",
    "actor": "staff:" + "a" * 32,
    "event": "audit.heartbeat.written",
    "subject": "b" * 32,
    "outcome": "refused",
    "case": "RR-2026-000123",
}


def test_what_is_read_is_written_again():
    found = Filter.parse(WHOLE)
    assert found.as_text() == WHOLE
    assert Filter.parse(found.as_text()) == found
    assert found.after == datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def test_what_is_empty_is_not_given():
    assert Filter.parse(dict.fromkeys(WHOLE, "")) == Filter.parse(dict.fromkeys(WHOLE)) == Filter()
    assert Filter().as_text() == {}


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-11-23", "2026-11-23T00:00:00.000000Z"),
        ("2026-11-23T09:30", "2026-11-23T09:30:00.000000Z"),
        ("2026-11-23 09:30:01.5+04:00", "2026-11-23T05:30:01.500000Z"),
        ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000Z"),
    ],
)
def test_times_in_the_spellings_that_people_and_programs_use(text, at):
    assert Filter.parse({"after": text}).as_text() == {"after": at}


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("after", "yesterday"),
        ("after", "2026-02-30"),
        ("after", "1969-12-31"),
        ("after", "9999-12-31"),
        ("after", "0001-01-01T00:00:00+14:00"),
        ("before", "2026-11-23T25:00:00Z"),
        ("actor", "Layla"),
        ("actor", "staff:" + "A" * 32),
        ("event", "audit.heartbeat"),
        ("subject", "b" * 31),
        ("subject", "b" * 32 + "\n"),
        ("outcome", "good"),
        ("case", "RR-26-1"),
        ("case", "RR-2026-000123\0"),
        ("leaf", "x"),
    ],
)
def test_what_breaks_a_rule_is_named(field, text):
    with pytest.raises(FilterError) as caught:
        Filter.parse({field: text})
    assert list(caught.value.faults) == [field]
    assert str(caught.value).startswith(f"{field}: ")
    assert text not in str(caught.value)


def test_every_fault_is_named_at_once():
    with pytest.raises(FilterError) as caught:
        Filter.parse({"actor": "x", "case": "y", "after": "2026-11-24", "before": "2026-11-24"})
    assert set(caught.value.faults) == {"actor", "case", "before"}


@pytest.mark.parametrize("form", [LogFilter, ExportForm])
@pytest.mark.parametrize(
    ("written", "after", "before"),
    [
        ("2026-10-25T02:30:00", "2026-10-25T00:30:00", "2026-10-25T01:30:00"),  # the clocks show it twice
        ("2026-03-29T02:30:00", "2026-03-29T00:30:00", "2026-03-29T01:30:00"),  # they skip it
        ("2026-10-25T03:30:00", "2026-10-25T02:30:00", "2026-10-25T02:30:00"),
        ("2026-10-25T02:30:00Z", "2026-10-25T02:30:00", "2026-10-25T02:30:00"),
        ("2026-10-25T02:30:00+00:00", "2026-10-25T02:30:00", "2026-10-25T02:30:00"),
        ("2026-10-25T02:30:00+02:00", "2026-10-25T00:30:00", "2026-10-25T00:30:00"),
    ],
)
def test_a_local_time_that_is_there_twice_or_never_leaves_nothing_out(form, written, after, before):
    with timezone.override(ZoneInfo("Europe/Berlin")):
        begins = form({"after": written, "compress": "gzip"})
        ends = form({"before": written, "compress": "gzip"})
        assert begins.is_valid()
        assert ends.is_valid()
        assert begins.cleaned_data["after"] == datetime.fromisoformat(after).replace(tzinfo=UTC)
        assert ends.cleaned_data["before"] == datetime.fromisoformat(before).replace(tzinfo=UTC)


@pytest.mark.parametrize("written", ["0001-01-01T00:00", "9999-12-31T23:59:59", "0000-01-01T00:00", "2026-10-25T24:61"])
def test_a_local_time_that_no_instant_can_be_is_refused(written):
    for zone in ("Pacific/Kiritimati", "America/Adak"):
        with timezone.override(ZoneInfo(zone)):
            assert set(LogFilter({"after": written, "before": written}).errors) == {"after", "before"}
