"""When scheduled exports end: days, weeks and months of UTC. Plain Python."""

from datetime import datetime, timedelta

from dateutil.relativedelta import relativedelta

DAY, WEEK, MONTH = "day", "week", "month"
_LENGTH = {DAY: relativedelta(days=1), WEEK: relativedelta(weeks=1), MONTH: relativedelta(months=1)}
#: how long after the end of a period its export is requested: an entry carries the time at which its transaction
#: began, and is exported only once it has committed and is in the tree
SETTLES = timedelta(hours=1)


def boundary(every: str, at: datetime) -> datetime:
    """Return the latest end of a period at or before `at` (UTC): a midnight, a Monday's, or a first's."""
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    if every == WEEK:
        return midnight - timedelta(days=midnight.weekday())
    return midnight.replace(day=1) if every == MONTH else midnight


def due_after(every: str, end: datetime) -> datetime:
    """Return when the export of the period that begins at `end` may be requested."""
    return end + _LENGTH[every] + SETTLES


def last_settled(every: str, now: datetime) -> datetime:
    """Return the end of the latest period whose entries have settled."""
    return boundary(every, now - SETTLES)
