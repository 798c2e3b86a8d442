"""Make and revoke the platform's service tokens."""

from collections.abc import Sequence
from datetime import datetime

from accounts.workloads.events import TOKEN_MADE, TOKEN_REVOKED
from accounts.workloads.models import ServiceToken
from audit.log.actors import Actor
from audit.tokens.services import log_creation, log_revocation
from core import db


def make_token(
    name: str, *, scopes: Sequence[str] = ("ingest",), days: int = 90, actor: Actor, now: datetime
) -> tuple[ServiceToken, str]:
    """Make a token that is valid for `days` days, and return it with its text; raises TokenError."""
    text = ServiceToken.new_text()
    with db.atomic():
        token = ServiceToken.issue(text, name, scopes=scopes, days=days, now=now)
        log_creation(TOKEN_MADE, token, actor=actor, now=now)
    return token, text


def revoke_token(name: str, *, actor: Actor, now: datetime) -> ServiceToken:
    """Revoke the token of that name: the next request with it is refused. Raises TokenError."""
    with db.atomic():
        token = ServiceToken.revoke(name, now=now)
        log_revocation(TOKEN_REVOKED, token, actor=actor, now=now)
    return token
