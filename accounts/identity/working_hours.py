"""Working hours: Monday to Friday, nine to five, in a person's time zone. Plain Python."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

_OPENS, _CLOSES = time(9), time(17)
_SATURDAY = 5


def working_time(start: datetime, end: datetime, zone: ZoneInfo) -> timedelta:
    """Return how much working time lies between two aware times; zero when `end` comes first."""
    passed, day = timedelta(), start.astimezone(zone).date()
    while day <= end.astimezone(zone).date():
        if day.weekday() < _SATURDAY:
            opens, closes = (datetime.combine(day, at, zone) for at in (_OPENS, _CLOSES))
            passed += max(min(end, closes) - max(start, opens), timedelta())
        day += timedelta(days=1)
    return passed
