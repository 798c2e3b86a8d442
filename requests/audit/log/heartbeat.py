"""Append an entry a minute, so that a gap in the log is visible."""

from datetime import datetime

from core import db

from .actors import machine
from .append import append
from .events import HEARTBEAT_WRITTEN


def write_heartbeat(now: datetime) -> None:
    """Append a heartbeat with the number of pending entries."""
    with db.atomic():
        with db.connection().cursor() as cursor:
            cursor.execute("SELECT count(*) FROM audit_pending")
            pending = cursor.fetchone()[0]
        append(HEARTBEAT_WRITTEN, actor=machine("sequencer"), subject=None, now=now, payload={"pending": pending})
