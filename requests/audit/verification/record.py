"""Verify the log and log the result."""

from collections.abc import Callable
from datetime import datetime

from audit.errors import TamperedError
from audit.log.actors import Actor
from audit.log.append import append
from audit.log.event_types import ProgramText
from audit.log.events import LOG_DIFFERED, LOG_VERIFIED
from core import db

from .verify import Verified, verify


def verify_and_record(
    *, actor: Actor, clock: Callable[[], datetime], progress: Callable[[int], None] = lambda _count: None
) -> Verified:
    """Verify the log under the current database role and append the result; raises as `verify` does.

    Verifying takes minutes: `clock` is called when it is done.
    """
    try:
        found = verify(progress)
    except TamperedError as error:
        differed = {"place": ProgramText.clean(error.place), "difference": ProgramText.clean(error.difference)}
        with db.atomic():
            append(LOG_DIFFERED, actor=actor, subject=None, now=clock(), payload=differed, outcome="failed")
        raise
    with db.atomic():
        agreed = {"entries": found.entries, "checkpoint": found.size}
        append(LOG_VERIFIED, actor=actor, subject=None, now=clock(), payload=agreed)
    return found
