"""Count the checkpoints in an entry each hour, so that one that is taken out of the table is missed."""

from datetime import datetime, timedelta

from audit import sides
from audit.actors import machine
from audit.events import CHECKPOINTS_COUNTED
from audit.selectors import last_checkpoint_count

from .append import append

_EVERY = timedelta(hours=1)
_NEWER = "SELECT count(*), max(size) FROM audit_checkpoint WHERE size > %s"


def count_checkpoints(now: datetime) -> None:
    """Append how many checkpoints there are: those that were counted last, and the newer ones; once an hour.

    Nothing is counted anew, or the next count would agree with a table from which one was deleted.
    """
    last = last_checkpoint_count()
    if last.at is not None and now < last.at + _EVERY:
        return
    with sides.atomic(), sides.connection().cursor() as cursor:
        cursor.execute(_NEWER, [last.size])
        more, size = cursor.fetchone()
        if more:
            payload = {"checkpoints": last.checkpoints + more, "size": size}
            append(CHECKPOINTS_COUNTED, actor=machine("sequencer"), subject=None, now=now, payload=payload)
