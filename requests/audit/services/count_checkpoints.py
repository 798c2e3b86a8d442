"""Count the checkpoints in an entry each hour, so that one that is taken out of the table is missed."""

from datetime import datetime, timedelta

from django.db.models import Max

from audit import sides
from audit.actors import machine
from audit.events import CHECKPOINTS_COUNTED
from audit.models import Checkpoint
from audit.selectors import Counted, checkpoint_counts

from .append import append

_EVERY = timedelta(hours=1)
#: how far the clock of who counted last may be ahead of ours
_AHEAD = timedelta(minutes=1)
_NEWER = "SELECT count(*) FROM audit_checkpoint WHERE size > %s AND size <= %s"


def _last(size: int, now: datetime) -> Counted | None:
    counts = checkpoint_counts()
    return next((counted for counted in counts if counted.at <= now + _AHEAD and counted.size <= size), None)


def count_checkpoints(now: datetime) -> None:
    """Append how many checkpoints there are: those that were counted last, and the newer ones; once an hour.

    Nothing is counted anew, or the next count would agree with a table from which one was deleted. A count of a
    time to come, or up to more entries than any checkpoint has, is not gone on from: it would be the last for ever.
    """
    with sides.atomic(), sides.connection().cursor() as cursor:
        size = Checkpoint.objects.aggregate(newest=Max("size"))["newest"] or 0
        last = _last(size, now)
        if last is not None and now < last.at + _EVERY:
            return
        cursor.execute(_NEWER, [last.size if last else 0, size])
        if more := cursor.fetchone()[0]:
            payload = {"checkpoints": (last.checkpoints if last else 0) + more, "size": size}
            append(CHECKPOINTS_COUNTED, actor=machine("sequencer"), subject=None, now=now, payload=payload)
