"""Append an entry a minute, so that a gap in the log is visible."""

from datetime import datetime

from core import db

from .actors import machine
from .append import append
from .events import HEARTBEAT_WRITTEN


def write_heartbeat(now: datetime) -> None:
    """Append a heartbeat with the number of pending entries."""
    with db.atomic():
        pending = db.select_value("SELECT count(*) FROM audit_pending")
        append(HEARTBEAT_WRITTEN, actor=machine("sequencer"), subject=None, now=now, payload={"pending": pending})
