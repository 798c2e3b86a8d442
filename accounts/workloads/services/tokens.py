"""Make, use and revoke the platform's service tokens."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from accounts.workloads.errors import TokenError
from accounts.workloads.events import TOKEN_MADE, TOKEN_REVOKED
from accounts.workloads.models import ServiceToken
from accounts.workloads.tokens import SCOPES, new_token
from audit import sides, times
from audit.actors import Actor
from audit.names import logged_name, name_rule
from audit.services import append
from audit.tokens import MOST_DAYS, token_hash


def make_token(
    name: str, *, scopes: Sequence[str] = SCOPES, days: int = 90, actor: Actor, now: datetime
) -> tuple[ServiceToken, str]:
    """Make a token and return it with its text, which is shown once and kept nowhere.

    Raises TokenError when the name is no machine's or taken by a token that is not revoked, a scope is unknown, or
    `days` is not from 1 to 366.
    """
    if rule := name_rule(name):
        raise TokenError("name", rule)
    if not scopes or set(scopes) - set(SCOPES):
        raise TokenError("scopes", f"A service token's scopes are among: {', '.join(SCOPES)}.")
    if not 1 <= days <= MOST_DAYS:
        raise TokenError("days", f"A service token lives from 1 to {MOST_DAYS} days.")
    text = new_token()
    with sides.atomic():
        if ServiceToken.objects.filter(name=name, revoked_at__isnull=True).exists():
            raise TokenError("name", "There is a service token of that name. Revoke it first, or choose another name.")
        token = ServiceToken.objects.create(
            name=name,
            hash=token_hash(text),
            scopes=sorted(set(scopes)),
            made_at=now,
            expires_at=now + timedelta(days=days),
        )
        payload = {
            "token": str(token.id),
            "name": name,
            "scopes": token.scopes,
            "expires": times.write(token.expires_at),
        }
        append(TOKEN_MADE, actor=actor, subject=None, now=now, payload=payload)
    return token, text


def revoke_token(name: str, *, actor: Actor, now: datetime) -> ServiceToken:
    """Revoke the token of that name: the next request with it is refused. Raises TokenError when there is none."""
    with sides.atomic():
        token = ServiceToken.objects.select_for_update().filter(name=name, revoked_at__isnull=True).first()
        if token is None:
            raise TokenError("name", "There is no living service token of that name.")
        token.revoked_at = now
        token.save(update_fields=["revoked_at"])
        payload = {"token": str(token.id), "name": logged_name(name, token.id)}
        append(TOKEN_REVOKED, actor=actor, subject=None, now=now, payload=payload)
    return token


def note_token_used(token: UUID, *, now: datetime) -> None:
    """Remember when a token was last used, to the minute."""
    with sides.connection().cursor() as cursor:
        cursor.execute("SELECT workloads_token_used(%s, %s)", [token, now])
