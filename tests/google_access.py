"""Access to Google data for tests, without Google: `grant_access`, and its end by the person or by the worker."""

from accounts.connections.models import GoogleGrant, WipeReason
from accounts.connections.services import wipe_grant
from accounts.identity.actors import actor_of
from audit.log.actors import machine
from core import db


def grant_access(user, now):
    """Store a grant of the person."""
    with db.row_security_for(user.reference):
        return GoogleGrant.objects.create(
            subject=user.reference,
            account_id="1",
            scopes=["drive"],
            sealed=b"x",
            token_hash="-",
            granted_at=now,
            changed_at=now,
            checked_at=now,
        )


def end_access(user, now, *, reason=WipeReason.USER, by="self"):
    """Grant access and end it again: `by` is the person's own pages (`self`) or the `worker`."""
    grant_access(user, now)
    facts = {"reason": reason, "asked_at": now, "now": now}
    if by == "self":
        with db.row_security_for(user.reference):
            return wipe_grant(user.reference, actor=actor_of(user), **facts)
    with db.use_role("worker"):
        return wipe_grant(user.reference, actor=machine("worker"), **facts)
