"""Make and revoke the tokens with which machines read the log."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from audit.log import rfc3339
from audit.log.actors import Actor
from audit.log.append import append
from audit.log.events import TOKEN_MADE, TOKEN_REVOKED
from core import db
from core.machine_names import logged_name

from .models import ReaderToken


def make_reader_token(
    name: str, *, scopes: Sequence[str], days: int, actor: Actor, now: datetime
) -> tuple[ReaderToken, str]:
    """Make a token that is valid for `days` days, and return it with its text; raises TokenError."""
    text = ReaderToken.new_text()
    with db.atomic():
        token = ReaderToken.issue(
            text,
            name.strip(),
            scopes=scopes,
            days=days,
            now=now,
            shown=text[: ReaderToken.SHOWN],
            made_by=str(actor),
        )
        payload = {
            "token": str(token.id),
            "name": token.name,
            "scopes": token.scopes,
            "expires": rfc3339.write(token.expires_at),
        }
        append(TOKEN_MADE, actor=actor, subject=None, now=now, payload=payload)
    return token, text


def revoke_reader_token(id_or_name: UUID | str, *, actor: Actor, now: datetime) -> ReaderToken:
    """Revoke a token: the next request with it is refused. Raises TokenError."""
    with db.atomic():
        token = ReaderToken.revoke(id_or_name, now=now)
        payload = {"token": str(token.id), "name": logged_name(token.name, token.id)}
        append(TOKEN_REVOKED, actor=actor, subject=None, now=now, payload=payload)
    return token
