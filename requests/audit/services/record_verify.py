"""Write down that the log was read again, and what was found."""

from collections.abc import Callable
from datetime import datetime

from audit import sides
from audit.actors import Actor
from audit.errors import TamperedError
from audit.events import LOG_DIFFERED, LOG_VERIFIED
from audit.registry import Words

from .append import append
from .verify import Verified, verify


def verify_and_record(
    *, actor: Actor, clock: Callable[[], datetime], progress: Callable[[int], None] = lambda _count: None
) -> Verified:
    """Read everything again as the acting side and append the result, be it good or not; raises as `verify` does.

    Reading takes minutes: `clock` is asked once it is done.
    """
    try:
        found = verify(progress)
    except TamperedError as error:
        differed = {"place": Words.clean(error.place), "difference": Words.clean(error.difference)}
        with sides.atomic():
            append(LOG_DIFFERED, actor=actor, subject=None, now=clock(), payload=differed, outcome="failed")
        raise
    with sides.atomic():
        agreed = {"entries": found.entries, "checkpoint": found.size}
        append(LOG_VERIFIED, actor=actor, subject=None, now=clock(), payload=agreed)
    return found
