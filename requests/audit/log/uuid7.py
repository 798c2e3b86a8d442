"""UUIDv7 (RFC 9562) for entries: sortable by time, exact to the microsecond, increasing within a process."""

import itertools
import os
import secrets
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_VERSION = 7
_VERSION_AND_VARIANT = _VERSION << 76 | 2 << 62
_MASK_32 = 2**32 - 1


def _random_counter() -> Iterator[int]:
    """Count from a random start in the lower half of 32 bits: two billion ids come before it wraps."""
    return itertools.count(secrets.randbits(31))


_counter = _random_counter()


def _after_fork() -> None:
    # Children of one web or worker process would otherwise use the same counter.
    global _counter  # noqa: PLW0603
    _counter = _random_counter()


os.register_at_fork(after_in_child=_after_fork)


def uuid7(at: datetime) -> UUID:
    """Make a UUIDv7 of the aware instant `at`; ValueError when it is naive or before 1970.

    Bits: 48 milliseconds, 12 microseconds (RFC 9562, method 3), 32 a process counter, 30 random. Ids of one instant
    increase in the order in which a process makes them; earlier instants have lower ids.
    """
    milliseconds, microseconds = divmod(_microseconds(at), 1000)
    time_bits = milliseconds << 80 | (microseconds * 4096 // 1000) << 64
    unique_bits = (next(_counter) & _MASK_32) << 30 | secrets.randbits(30)
    return UUID(int=time_bits | _VERSION_AND_VARIANT | unique_bits)


def instant(identifier: UUID) -> datetime:
    """Return the aware UTC instant, to the microsecond, of an id by `uuid7`; ValueError for others."""
    if identifier.version != _VERSION:
        raise ValueError("not a UUIDv7")
    milliseconds = identifier.int >> 80
    fraction = identifier.int >> 64 & 0xFFF
    return _EPOCH + (milliseconds * 1000 + -(-fraction * 1000 // 4096)) * _MICROSECOND


def first_from(at: datetime) -> UUID:
    """Return an id below every `uuid7` of the aware instant `at` and of later ones, above those of earlier ones.

    Exact to the microsecond: entries from `at` on are those whose id is at least this. ValueError as of `uuid7`.
    """
    milliseconds, microseconds = divmod(_microseconds(at), 1000)
    return UUID(int=milliseconds << 80 | _VERSION << 76 | (microseconds * 4096 // 1000) << 64)


def uuid7_bounds(month: date) -> tuple[UUID, UUID]:
    """Return the lowest id of the UTC month of `month` and of the next: a partition's FROM and TO."""
    start = datetime(month.year, month.month, 1, tzinfo=UTC)
    following = datetime(month.year + month.month // 12, month.month % 12 + 1, 1, tzinfo=UTC)
    return lowest(start), lowest(following)


def lowest(at: datetime) -> UUID:
    """Return an id below all of the millisecond of the aware instant `at`: version and variant bits are left zero."""
    return UUID(int=_microseconds(at) // 1000 << 80)


def _microseconds(at: datetime) -> int:
    if at.tzinfo is None:
        raise ValueError("the instant must be aware")
    since = (at - _EPOCH) // _MICROSECOND
    if since < 0:
        raise ValueError("the instant must not be before 1970")
    return since
