"""Log refusals: after the refused act has rolled back, in a transaction of their own."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from audit.log.append import append
from core import db
from humanaccess import events
from humanaccess.errors import AccessDeniedError


@contextmanager
def logged_refusals(act: str, *, actor: User, subject: str, now: datetime, case: str | None = None) -> Iterator[None]:
    """Append an entry for an AccessDeniedError raised inside the block, then let it pass."""
    try:
        yield
    except AccessDeniedError as error:
        with db.atomic():
            append(
                events.ACT_REFUSED,
                actor=actor_of(actor),
                subject=subject,
                now=now,
                payload={"case": case, "act": act, "rule": error.rule},
                outcome="refused",
            )
        raise
