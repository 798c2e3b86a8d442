"""Write one line a minute, so that silence shows; and one an hour that counts checkpoints, so that a lost one does."""

from datetime import datetime, timedelta
from typing import Any

from audit import sides
from audit.actors import machine
from audit.events import CHECKPOINTS_COUNTED, HEARTBEAT_WRITTEN
from audit.selectors import last_checkpoint_count

from .append import append

_COUNTED_EVERY = timedelta(hours=1)
_NEWER = "SELECT count(*), max(size) FROM audit_checkpoint WHERE size > %s"


def write_heartbeat(now: datetime) -> None:
    """Append a heartbeat with the number of entries that wait for the tree."""
    actor = machine("sequencer")
    with sides.atomic(), sides.connection().cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_pending")
        append(HEARTBEAT_WRITTEN, actor=actor, subject=None, now=now, payload={"pending": cursor.fetchone()[0]})
        if counted := _count_checkpoints(cursor, now):
            append(CHECKPOINTS_COUNTED, actor=actor, subject=None, now=now, payload=counted)


def _count_checkpoints(cursor: Any, now: datetime) -> dict[str, int]:
    """Return how many checkpoints there are: those that were counted last, and the newer ones; empty before the time.

    Nothing is counted anew, or the next count would agree with a table from which one was deleted.
    """
    last = last_checkpoint_count()
    if last.at is not None and now < last.at + _COUNTED_EVERY:
        return {}
    cursor.execute(_NEWER, [last.size])
    more, size = cursor.fetchone()
    return {"checkpoints": last.checkpoints + more, "size": size} if more else {}
