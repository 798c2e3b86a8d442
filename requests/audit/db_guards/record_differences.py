"""Append what differs from the declared schema to the log, before anything else is done about it."""

from collections.abc import Sequence
from datetime import datetime

from audit.log.actors import machine
from audit.log.append import append
from audit.log.event_types import ProgramText
from audit.log.events import GUARDS_DIFFERED
from core import db

#: entries at most, so that an attacker who changed everything cannot fill the log as well
MOST = 50


def note_differences(found: Sequence[str], *, by: str, now: datetime) -> None:
    """Append an entry for each difference, as the current role, in a transaction of its own; `by` names the process."""
    with db.atomic(durable=True):
        for difference in found[:MOST]:
            payload = {"difference": ProgramText.clean(difference)}
            append(GUARDS_DIFFERED, actor=machine(by), subject=None, now=now, payload=payload, outcome="failed")
