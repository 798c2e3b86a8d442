"""Keep monthly partitions ahead of the calendar."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from dateutil.relativedelta import relativedelta

from audit import ids, sides

MONTHS_AHEAD = 3


#: they are made each day; a day may be late
_MADE_WITHIN = timedelta(days=2)
_NEWEST = "SELECT written_at FROM audit_entry ORDER BY id DESC LIMIT 1"
_PARTITIONS = """
SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'public.audit_entry'::regclass
"""


def _months(now: datetime) -> Iterator[date]:
    first = date(now.year, now.month, 1)
    for ahead in range(MONTHS_AHEAD + 1):
        yield first + relativedelta(months=ahead)


def missing_partitions(cursor: Any) -> list[str]:
    """Return the partitions that must have been made while the log was last written to, and are not there.

    The newest entry says when that was, not the clock: an office that rested for months has none of today's. One that
    says it was written before there was any partition is named elsewhere.
    """
    cursor.execute(_NEWEST)
    written = next((at for (at,) in cursor.fetchall() if at is not None), None)
    if written is None:
        return []
    cursor.execute(_PARTITIONS)
    present = {name for (name,) in cursor.fetchall()}
    months = [month for month in _months(written - _MADE_WITHIN) if month >= written.date().replace(day=1)]
    wanted = map("audit_entry_{:%Y%m}".format, months)
    return [name for name in wanted if name not in present and name > min(present, default="")]


def ensure_partitions(now: datetime) -> None:
    """Make the partitions of this month and the next three where they are missing, guards included."""
    with sides.connection().cursor() as cursor:
        for month in _months(now):
            low, high = ids.uuid7_bounds(month)
            cursor.execute("SELECT audit_make_partition(%s, %s, %s)", [month, low, high])
