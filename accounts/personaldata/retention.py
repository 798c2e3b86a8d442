"""Remove what is past the rule of its data category: of the platform's streams, a person's day at a time.

The sums by day say where such records are, so that no restricted row is read and nothing scans a table of records.
People whose records are on hold are left out until the hold ends. What its rule still keeps, the database itself
refuses to remove (`restricted_sql.expiring`).
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import structlog
from django.db.models import Q, Sum

from audit.log.actors import machine
from audit.log.append import append
from audit.log.event_types import EventType
from core import db

from .categories import PastRule, data_categories, lock_holds, subjects_on_hold
from .models import DailyTotal
from .stream_format import Stream

#: rows of one statement, and days of people read at once
BATCH, PAGE = 1_000, 500
_SWEEPER = machine("retention")
_log = structlog.get_logger(__name__)


def last_expired_day(stream: Stream, now: datetime) -> date:
    """Return the last day whose records are past the stream's rule; raises ValueError for a stream without one."""
    if stream.keep_days is None:
        raise ValueError(f"Records of {stream.name} have no end by their age.")
    return now.astimezone(UTC).date() - timedelta(days=stream.keep_days + 1)


def count_expired(stream: Stream, totals: type[DailyTotal], now: datetime) -> PastRule:
    """Return how many records are past their rule, by the sums; under the worker's role."""
    past = totals._default_manager.filter(stream=stream.name, day__lte=last_expired_day(stream, now))  # noqa: SLF001  public API of models
    is_held = Q(subject__in=subjects_on_hold(stream.name, now))
    found = past.aggregate(past=Sum("records", filter=~is_held), held=Sum("records", filter=is_held))
    return PastRule(int(found["past"] or 0), int(found["held"] or 0))


def _expired_days(stream: Stream, totals: type[DailyTotal], now: datetime) -> Iterator[tuple[str, date]]:
    table, last = totals._meta.db_table, last_expired_day(stream, now)
    after: tuple[date, str] = (date.min, "")
    while True:
        rows = db.select_rows(
            f"SELECT DISTINCT day, subject FROM {table} WHERE stream = %s AND day <= %s AND (day, subject) > (%s, %s) "
            "ORDER BY day, subject LIMIT %s",
            [stream.name, last, *after, PAGE],
        )
        yield from ((subject, day) for day, subject in rows)
        if len(rows) < PAGE:
            return
        after = rows[-1]


def remove_expired(stream: Stream, totals: type[DailyTotal], event: EventType, *, now: datetime) -> int:
    """Remove every record past the stream's rule that no hold keeps, and log how many; return that number.

    Each batch is a short transaction with its entry, so that a killed sweep loses nothing and says what it did. Call it
    under the worker's role.
    """
    function = f"SELECT {totals._meta.app_label}_expire(%s, %s, %s, %s)"
    days = _expired_days(stream, totals, now)
    removed, following = 0, next(days, None)
    while following is not None:
        with db.atomic():
            lock_holds()
            held, counted = subjects_on_hold(stream.name, now), 0
            while following is not None and counted < BATCH:
                if following[0] in held:
                    following = next(days, None)
                    continue
                room = BATCH - counted
                done = int(db.select_value(function, [stream.table, *following, room]))
                counted += done
                if done < room:
                    following = next(days, None)
            if counted:
                payload = {"stream": stream.name, "days": stream.keep_days, "count": counted}
                append(event, actor=_SWEEPER, subject=None, now=now, payload=payload)
        removed += counted
    return removed


def sweep_retention(*, now: datetime) -> dict[str, int]:
    """Remove the records past their rule of every data category that has one; return category → how many.

    One that fails is left out and logged; the next sweep tries it again, and the promise P16 says what is left.
    """
    removed = {}
    for category in data_categories():
        if category.remove_expired is None:
            continue
        try:
            removed[category.name] = category.remove_expired(now=now)
        except Exception as error:  # noqa: BLE001  one failure must not keep the other categories
            _log.error("retention_not_swept", category=category.name, error=type(error).__name__)
    return removed


def count_past_rule(*, now: datetime) -> dict[str, PastRule]:
    """Return data category → how many records are past its rule, or kept by a hold, of every category with a rule."""
    rules = {category.name: category.past_rule for category in data_categories()}
    return {name: past_rule(now) for name, past_rule in rules.items() if past_rule is not None}
