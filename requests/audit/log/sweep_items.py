"""Process due items one by one, so that one that fails does not delay the others."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db.models import QuerySet
from django.utils import timezone

from core import db

from .actors import machine
from .append import append
from .events import ITEM_PARKED
from .models import SweepFailure

_log = structlog.get_logger(__name__)
#: tries after which an item needs attention
MAX_TRIES = 5
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)


def sweep_items(
    sweep: str, due: "QuerySet[Any, Any]", act: Callable[[Any, datetime], object], *, now: datetime, batch: int
) -> int:
    """Call `act(key, now)` for each primary key of `due`; return how many calls returned a true value.

    `now` advances with the clock: leases of a long sweep must not start at the time at which the sweep began. `act`
    opens its own transaction. An item that raises is retried after a pause, which doubles up to an hour; after
    MAX_TRIES an entry records that it needs attention, and the staff's first page shows it.
    """
    began = timezone.now()

    def moment() -> datetime:
        passed = int((timezone.now() - began).total_seconds())
        return now + timedelta(seconds=max(passed, 0))

    failed = dict(SweepFailure.objects.filter(sweep=sweep).values_list("item", "due_at"))
    resting = {item for item, due_at in failed.items() if due_at > now}
    done, settled = 0, set(failed) - resting
    due = due.values_list("pk", flat=True)
    # An item that is no longer due for another reason is settled, too.
    settled -= {str(key) for key in due.filter(pk__in=settled)} if settled else set()
    for key in list(due.exclude(pk__in=resting)[:batch]):
        try:
            done += bool(act(key, moment()))
        except Exception as error:  # noqa: BLE001 - the other items must be processed
            _keep_failure(sweep, str(key), error, moment())
        else:
            settled |= {str(key)} & set(failed)
    if settled:
        SweepFailure.objects.filter(sweep=sweep, item__in=settled).delete()
    return done


def _keep_failure(sweep: str, item: str, error: Exception, now: datetime) -> None:
    code = type(error).__name__[:64]
    _log.error("sweep_item_failed", sweep=sweep, item=item, error=code)
    with db.atomic():
        row, _ = SweepFailure.objects.get_or_create(sweep=sweep, item=item, defaults={"due_at": now})
        row.tries += 1
        row.error = code
        row.due_at = now + min(FIRST_PAUSE * 2 ** min(row.tries - 1, 10), LONGEST_PAUSE)
        row.save()
        if row.tries == MAX_TRIES:
            payload = {"sweep": sweep, "item": item, "error": code}
            append(ITEM_PARKED, actor=machine("worker"), subject=None, now=now, payload=payload, outcome="failed")


def count_needing_attention() -> int:
    """Return how many items need attention."""
    return SweepFailure.objects.filter(tries__gte=MAX_TRIES).count()
