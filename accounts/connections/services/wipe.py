"""A grant ends: its row goes at once, and the token waits for Google's confirmation alone."""

from datetime import datetime

from accounts.connections.events import GRANT_WIPED
from accounts.connections.models import GoogleGrant, Revocation, WipeReason
from audit.log.actors import Actor
from audit.log.append import append
from core import db
from core.enqueue import enqueue


def wipe_grant(
    subject: str, *, reason: WipeReason, actor: Actor, asked_at: datetime, now: datetime, ended_there: bool = False
) -> Revocation | None:
    """Remove a person's grant, in one transaction with all that rests on it; None where there is none.

    `ended_there` says that Google has ended it: nothing is left to revoke, and no token is kept. `asked_at` is when the
    person asked for it, here or at Google.
    """
    with db.atomic():
        grant = GoogleGrant.objects.select_for_update().filter(subject=subject).first()
        if grant is None:
            return None
        revocation = keep_for_revocation(grant, reason=reason, asked_at=asked_at, ended_there=ended_there)
        grant.delete()
        payload = {"revocation": str(revocation.pk), "reason": reason.value}
        append(GRANT_WIPED, actor=actor, subject=subject, now=now, payload=payload)
    return revocation


def keep_for_revocation(
    grant: GoogleGrant, *, reason: WipeReason, asked_at: datetime, ended_there: bool = False
) -> Revocation:
    """Keep the token of a grant until Google has confirmed its end, and wake the worker."""
    row = Revocation(pk=grant.pk, subject=grant.subject, reason=reason, scopes=grant.scopes, asked_at=asked_at)
    if ended_there:
        row.confirmed_at = asked_at
    else:
        row.sealed, row.due_at = grant.sealed, asked_at
    row.save(force_insert=True)
    if not ended_there:
        enqueue("connections.revoke", str(row.pk))
    return row
