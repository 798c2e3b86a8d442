"""Make, use and revoke the tokens with which machines read the log."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from audit import sides, times
from audit.actors import Actor
from audit.errors import TokenError
from audit.events import TOKEN_MADE, TOKEN_REVOKED
from audit.models import ReaderToken
from audit.names import logged_name, name_rule
from audit.tokens import MOST_DAYS, SCOPES, SHOWN, new_token, token_hash

from .append import append


def make_reader_token(
    name: str, *, scopes: Sequence[str], days: int, actor: Actor, now: datetime
) -> tuple[ReaderToken, str]:
    """Make a token that lives `days` days and return it with its text, which is shown once and kept nowhere.

    Raises TokenError when the name is no machine's or taken by a token that is not revoked, a scope is unknown or none
    is given, or `days` is not from 1 to 366.
    """
    name = name.strip()
    if rule := name_rule(name):
        raise TokenError("name", rule)
    if not scopes or set(scopes) - set(SCOPES):
        raise TokenError("scopes", f"A reader token's scopes are among: {', '.join(SCOPES)}.")
    if not 1 <= days <= MOST_DAYS:
        raise TokenError("days", f"A reader token lives from 1 to {MOST_DAYS} days.")
    text = new_token()
    with sides.atomic():
        if ReaderToken.objects.filter(name=name, revoked_at__isnull=True).exists():
            raise TokenError("name", "There is a reader token of that name. Revoke it first, or choose another name.")
        token = ReaderToken.objects.create(
            name=name,
            shown=text[:SHOWN],
            hash=token_hash(text),
            scopes=sorted(set(scopes)),
            made_by=str(actor),
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


def revoke_reader_token(token: UUID, *, actor: Actor, now: datetime) -> ReaderToken:
    """Revoke a token: the next request with it is refused. Raises TokenError when there is none that lives."""
    with sides.atomic():
        found = ReaderToken.objects.select_for_update().filter(pk=token, revoked_at__isnull=True).first()
        if found is None:
            raise TokenError("name", "That reader token is not there, or was revoked before.")
        found.revoked_at = now
        found.save(update_fields=["revoked_at"])
        payload = {"token": str(found.id), "name": logged_name(found.name, found.id)}
        append(TOKEN_REVOKED, actor=actor, subject=None, now=now, payload=payload)
    return found


def note_token_used(token: UUID, *, now: datetime) -> None:
    """Remember when a token was last used, to the minute; pulling itself leaves no entry, or each would breed one."""
    with sides.connection().cursor() as cursor:
        cursor.execute("SELECT audit_token_used(%s, %s)", [token, now])
