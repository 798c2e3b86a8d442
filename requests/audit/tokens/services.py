"""Make and revoke the tokens with which machines read the log; log that a token of any kind was made or revoked."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from audit.log import rfc3339
from audit.log.actors import Actor
from audit.log.append import append
from audit.log.event_types import EventType
from audit.log.events import TOKEN_MADE, TOKEN_REVOKED
from core import db
from core.machine_names import logged_name
from core.tokens import MachineToken

from .models import ReaderToken


def log_creation(event: EventType, token: MachineToken, *, actor: Actor, now: datetime) -> None:
    """Log that a token was made, in the transaction that makes it."""
    expires = rfc3339.write(token.expires_at)
    payload = {"token": str(token.id), "name": token.name, "scopes": token.scopes, "expires": expires}
    append(event, actor=actor, subject=None, now=now, payload=payload)


def log_revocation(event: EventType, token: MachineToken, *, actor: Actor, now: datetime) -> None:
    """Log that a token was revoked, in the transaction that does it."""
    payload = {"token": str(token.id), "name": logged_name(token.name, token.id)}
    append(event, actor=actor, subject=None, now=now, payload=payload)


def make_reader_token(
    name: str, *, scopes: Sequence[str], days: int, actor: Actor, now: datetime
) -> tuple[ReaderToken, str]:
    """Make a token that is valid for `days` days, and return it with its text; raises TokenError."""
    text = ReaderToken.new_text()
    columns = {"shown": text[: ReaderToken.SHOWN], "made_by": str(actor)}
    with db.atomic():
        token = ReaderToken.issue(text, name.strip(), scopes=scopes, days=days, now=now, **columns)
        log_creation(TOKEN_MADE, token, actor=actor, now=now)
    return token, text


def revoke_reader_token(id_or_name: UUID | str, *, actor: Actor, now: datetime) -> ReaderToken:
    """Revoke a token: the next request with it is refused. Raises TokenError."""
    with db.atomic():
        token = ReaderToken.revoke(id_or_name, now=now)
        log_revocation(TOKEN_REVOKED, token, actor=actor, now=now)
    return token
