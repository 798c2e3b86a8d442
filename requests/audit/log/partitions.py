"""Create monthly partitions ahead of time."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from dateutil.relativedelta import relativedelta

from core import db

from . import uuid7

MONTHS_AHEAD = 3
#: partitions are created daily, a day late at most
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


def missing_partitions() -> list[str]:
    """Return the partitions that must have existed when the newest entry was written, and do not.

    The newest entry counts, not the clock: after months of downtime today's partitions are not there yet. Entries
    with a time before the first partition are reported elsewhere.
    """
    written = next((at for (at,) in db.select_rows(_NEWEST) if at is not None), None)
    if written is None:
        return []
    present = {name for (name,) in db.select_rows(_PARTITIONS)}
    months = [month for month in _months(written - _MADE_WITHIN) if month >= written.date().replace(day=1)]
    wanted = map("audit_entry_{:%Y%m}".format, months)
    return [name for name in wanted if name not in present and name > min(present, default="")]


def ensure_partitions(now: datetime) -> None:
    """Create the missing partitions of this month and the next three, with their triggers."""
    for month in _months(now):
        db.select_rows("SELECT audit_make_partition(%s, %s, %s)", [month, *uuid7.uuid7_bounds(month)])
