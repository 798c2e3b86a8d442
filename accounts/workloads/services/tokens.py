"""Make and revoke the platform's service tokens."""

from collections.abc import Sequence
from datetime import datetime

from accounts.workloads.events import TOKEN_MADE, TOKEN_REVOKED
from accounts.workloads.models import ServiceToken
from audit.log import rfc3339
from audit.log.actors import Actor
from audit.log.append import append
from core import db
from core.machine_names import logged_name


def make_token(
    name: str, *, scopes: Sequence[str] = ("ingest",), days: int = 90, actor: Actor, now: datetime
) -> tuple[ServiceToken, str]:
    """Make a token that is valid for `days` days, and return it with its text; raises TokenError."""
    text = ServiceToken.new_text()
    with db.atomic():
        token = ServiceToken.issue(text, name, scopes=scopes, days=days, now=now)
        payload = {
            "token": str(token.id),
            "name": token.name,
            "scopes": token.scopes,
            "expires": rfc3339.write(token.expires_at),
        }
        append(TOKEN_MADE, actor=actor, subject=None, now=now, payload=payload)
    return token, text


def revoke_token(name: str, *, actor: Actor, now: datetime) -> ServiceToken:
    """Revoke the token of that name: the next request with it is refused. Raises TokenError."""
    with db.atomic():
        token = ServiceToken.revoke(name, now=now)
        payload = {"token": str(token.id), "name": logged_name(token.name, token.id)}
        append(TOKEN_REVOKED, actor=actor, subject=None, now=now, payload=payload)
    return token
