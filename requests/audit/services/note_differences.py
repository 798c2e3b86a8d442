"""Write down that the guards differ, before anything else is done about it."""

from collections.abc import Sequence
from datetime import datetime

from audit import sides
from audit.actors import machine
from audit.events import GUARDS_DIFFERED
from audit.registry import Words

from .append import append

#: lines at most: one who changed everything shall not fill the log as well
MOST = 50


def note_differences(found: Sequence[str], *, by: str, now: datetime) -> None:
    """Append one line a difference, on the acting side, in a transaction of its own; `by` names the process."""
    with sides.atomic(durable=True):
        for difference in found[:MOST]:
            append(
                GUARDS_DIFFERED,
                actor=machine(by),
                subject=None,
                now=now,
                payload={"difference": Words.clean(difference)},
                outcome="failed",
            )
