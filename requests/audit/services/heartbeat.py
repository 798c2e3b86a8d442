"""Write one line a minute, so that silence shows, and a checkpoint that is deleted."""

from datetime import datetime
from typing import Any

from audit import sides
from audit.actors import machine
from audit.events import HEARTBEAT_WRITTEN
from audit.selectors import last_checkpoint_count

from .append import append

_COUNT = "SELECT count(*), coalesce(max(size), %s) FROM audit_checkpoint WHERE size > %s"


def write_heartbeat(now: datetime) -> None:
    """Append a heartbeat with the number of entries that wait for the tree, and of checkpoints that were signed."""
    with sides.atomic():
        with sides.connection().cursor() as cursor:
            cursor.execute("SELECT count(*) FROM audit_pending")
            pending = cursor.fetchone()[0]
            payload = {"pending": pending, **_checkpoints(cursor)}
        append(HEARTBEAT_WRITTEN, actor=machine("sequencer"), subject=None, now=now, payload=payload)


def _checkpoints(cursor: Any) -> dict[str, int]:
    """Return how many checkpoints there are: those that the last heartbeat counted, and the newer ones.

    Nothing is counted anew, or the next heartbeat would agree with a table from which one was deleted.
    """
    size, count = last_checkpoint_count()
    cursor.execute(_COUNT, [size, size])
    more, newest = cursor.fetchone()
    return {"checkpoint": newest, "checkpoints": count + more}
