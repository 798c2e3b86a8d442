"""Write one line a minute, so that silence shows."""

from datetime import datetime

from audit import sides
from audit.actors import machine
from audit.events import HEARTBEAT_WRITTEN

from .append import append


def write_heartbeat(now: datetime) -> None:
    """Append a heartbeat with the number of entries that wait for the tree."""
    with sides.atomic():
        with sides.connection().cursor() as cursor:
            cursor.execute("SELECT count(*) FROM audit_pending")
            pending = cursor.fetchone()[0]
        append(HEARTBEAT_WRITTEN, actor=machine("sequencer"), subject=None, now=now, payload={"pending": pending})
