"""Times in leaves: one spelling for one instant."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, strategies as st

from audit.log import rfc3339


@given(st.datetimes(timezones=st.just(UTC)))
def test_what_is_written_is_read_back(at: datetime) -> None:
    assert rfc3339.read(rfc3339.write(at)) == at


def test_another_zone_is_written_in_utc_with_six_digits() -> None:
    gulf = datetime(2026, 3, 3, 13, 30, tzinfo=timezone(timedelta(hours=4)))
    assert rfc3339.write(gulf) == "2026-03-03T09:30:00.000000Z"


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        rfc3339.write(datetime(2026, 3, 3))  # noqa: DTZ001


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-03T09:30:00Z",
        "2026-03-03T09:30:00.000Z",
        "2026-03-03T09:30:00.000000+00:00",
        "2026-03-03T09:30:00.000000z",
        "2026-03-03 09:30:00.000000Z",
        "2026-02-30T09:30:00.000000Z",
        "2026-03-03T09:30:00.000000Z\n",
        "٢٠٢٦-03-03T09:30:00.000000Z",
    ],
)
def test_every_other_spelling_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"time|day"):
        rfc3339.read(text)
