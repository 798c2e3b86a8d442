"""Entry ids: version 7, exact to the microsecond, in order, and inside the partition of their month."""

import itertools
import os
from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given, strategies as st

from audit.log.uuid7 import instant, uuid7, uuid7_bounds

INSTANTS = st.datetimes(datetime(1970, 1, 1), datetime(2199, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)


@given(INSTANTS)
def test_an_id_is_version_7_and_gives_its_instant_back(at: datetime) -> None:
    identifier = uuid7(at)
    assert identifier.version == 7
    assert identifier.variant == "specified in RFC 4122"
    assert instant(identifier) == at


@given(INSTANTS)
def test_an_id_lies_in_the_partition_of_its_month_alone(at: datetime) -> None:
    low, high = uuid7_bounds(at.date())
    assert low <= uuid7(at) < high


def test_partitions_touch_without_gap_or_overlap() -> None:
    months = [date(year, month, 15) for year in (2025, 2026) for month in range(1, 13)]
    bounds = [uuid7_bounds(month) for month in months]
    assert all(left[1] == right[0] for left, right in itertools.pairwise(bounds))


def test_ids_of_one_instant_rise_in_the_order_in_which_they_were_made() -> None:
    made = [uuid7(NOON) for _ in range(10_000)]
    assert made == sorted(set(made))


@given(st.lists(INSTANTS, min_size=2, max_size=20))
def test_ids_sort_as_their_instants_do_whatever_the_order_of_making(instants: list[datetime]) -> None:
    made = {uuid7(at): at for at in instants}
    assert [made[identifier] for identifier in sorted(made)] == sorted(instants)


def test_another_zone_names_the_same_instant() -> None:
    gulf = NOON.astimezone(timezone(timedelta(hours=4)))
    assert instant(uuid7(gulf)) == NOON


def test_a_fork_does_not_count_in_step_with_its_parent() -> None:
    def counter(identifier: UUID) -> int:
        return identifier.int >> 30 & 0xFFFFFFFF

    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(write_end, str(counter(uuid7(NOON))).encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert int(os.read(read_end, 20)) != counter(uuid7(NOON))
    os.close(read_end)
    os.close(write_end)


@pytest.mark.parametrize("at", [datetime(2026, 3, 3), datetime(1969, 12, 31, tzinfo=UTC)])  # noqa: DTZ001
def test_an_instant_without_zone_or_before_1970_is_refused(at: datetime) -> None:
    with pytest.raises(ValueError, match="the instant must"):
        uuid7(at)


def test_only_version_7_has_an_instant() -> None:
    with pytest.raises(ValueError, match="not a UUIDv7"):
        instant(UUID("88dbfdac-88fa-442b-8937-fc9555629c23"))
