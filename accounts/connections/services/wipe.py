"""A grant ends: its row goes at once, and the token waits for its provider's confirmation alone."""

from datetime import datetime

from accounts.connections.announcements import grant_wiped
from accounts.connections.events import GRANT_WIPED
from accounts.connections.models import GitHubGrant, GoogleGrant, Revocation, WipeReason
from audit.log.actors import Actor
from audit.log.append import append
from core import db
from core.enqueue import enqueue


def wipe_grant(
    subject: str, *, reason: WipeReason, actor: Actor, asked_at: datetime, now: datetime
) -> Revocation | None:
    """Remove a person's grant, which they asked for at `asked_at`; None where there is none."""
    with db.atomic():
        # The worker may delete a grant and change none, so that it cannot lock one first.
        removed = "DELETE FROM connections_googlegrant WHERE subject = %s RETURNING *"
        grant = next(iter(GoogleGrant.objects.raw(removed, [subject])), None)
        if grant is None:
            return None
        revocation = keep_for_revocation(grant, reason=reason, asked_at=asked_at)
        payload = {"revocation": str(revocation.pk), "reason": reason.value}
        append(GRANT_WIPED, actor=actor, subject=subject, now=now, payload=payload)
        grant_wiped.tell(subject, ended=revocation.pk, reason=reason, actor=actor, now=now)
    return revocation


def keep_for_revocation(grant: GoogleGrant | GitHubGrant, *, reason: WipeReason, asked_at: datetime) -> Revocation:
    """Keep the token of a grant until its provider has confirmed its end, and wake the worker."""
    row = Revocation(pk=grant.pk, subject=grant.subject, provider=grant.provider, reason=reason, asked_at=asked_at)
    row.scopes, row.sealed, row.due_at = grant.scopes, grant.sealed, asked_at
    row.withheld = getattr(grant, "withheld", [])
    row.save(force_insert=True)
    enqueue("connections.revoke", str(row.pk))
    return row
