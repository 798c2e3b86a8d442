"""The authorisation at GitHub: a token is kept from signing in, for ending it alone, and goes with it."""

from datetime import datetime

from accounts.connections.events import GITHUB_STORED, GITHUB_WIPED
from accounts.connections.models import GitHubGrant, WipeReason
from accounts.identity.actors import actor_of
from accounts.identity.models import User
from audit.log.actors import Actor
from audit.log.append import append
from core import db
from vault.services import encrypt

from .wipe import keep_for_revocation


def keep_github_token(user: User, account_id: str, token: str, *, now: datetime) -> None:
    """Keep the token of a sign-in through GitHub in place of the one before."""
    with db.row_security_for(user.reference):
        # Of two sign-ins at once the second finds the first's token.
        if not User.objects.select_for_update(no_key=True).only("pk", "is_active").get(pk=user.pk).is_active:
            return
        own = GitHubGrant.objects.select_for_update().filter(subject=user.reference, account_id=account_id)
        grant = own.first() or GitHubGrant(subject=user.reference, account_id=account_id, granted_at=now)
        grant.sealed = encrypt(user.reference, grant.encryption_context, token.encode())
        grant.changed_at = now
        grant.save()
        append(GITHUB_STORED, actor=actor_of(user), subject=user.reference, now=now)


def wipe_github_grants(
    subject: str, account_id: str | None = None, *, reason: WipeReason, actor: Actor, asked_at: datetime, now: datetime
) -> None:
    """Remove what a person authorised with one account at GitHub, or with each; the worker ends it there."""
    with db.row_security_for(subject):
        grants = GitHubGrant.objects.filter(subject=subject)
        for grant in grants if account_id is None else grants.filter(account_id=account_id):
            if not grants.filter(pk=grant.pk).delete()[0]:  # another process has taken it meanwhile
                continue
            revocation = keep_for_revocation(grant, reason=reason, asked_at=asked_at)
            payload = {"revocation": str(revocation.pk), "reason": reason.value}
            append(GITHUB_WIPED, actor=actor, subject=subject, now=now, payload=payload)
