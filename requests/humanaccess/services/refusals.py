"""A refusal is an event too: written after the refused act has rolled back, in a transaction of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from audit import sides
from audit.actors import Actor
from audit.services import append
from humanaccess import events
from humanaccess.errors import NotAllowedError


@contextmanager
def logged_refusals(act: str, *, actor: Actor, subject: str | None, case: str | None, now: datetime) -> Iterator[None]:
    """Let the block's NotAllowedError pass, once the log knows of it."""
    try:
        yield
    except NotAllowedError as error:
        with sides.atomic():
            append(
                events.ACT_REFUSED,
                actor=actor,
                subject=subject,
                now=now,
                payload={"case": case, "act": act, "rule": error.rule},
                outcome="refused",
            )
        raise
