"""Keep monthly partitions ahead of the calendar."""

from datetime import date, datetime

from dateutil.relativedelta import relativedelta

from audit import ids, sides

MONTHS_AHEAD = 3


def ensure_partitions(now: datetime) -> None:
    """Make the partitions of this month and the next three where they are missing, guards included."""
    first = date(now.year, now.month, 1)
    with sides.connection().cursor() as cursor:
        for ahead in range(MONTHS_AHEAD + 1):
            month = first + relativedelta(months=ahead)
            low, high = ids.uuid7_bounds(month)
            cursor.execute("SELECT audit_make_partition(%s, %s, %s)", [month, low, high])
