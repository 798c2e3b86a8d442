"""What a person's own page shows of Google and GitHub: what is granted, what it is needed for, and what has ended."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from allauth.socialaccount.models import SocialAccount

from accounts.connections.models import GitHubGrant, GoogleGrant, Provider, Revocation, WipeReason
from accounts.connections.selectors import (
    Needs,
    RevocationTimes,
    find_needs,
    get_grant,
    list_at_github,
    list_ended,
    list_withheld,
    revocation_times,
)
from accounts.identity.models import User
from core import db

from .show_automations import FIRST_PAGE, AutomationsPage, Paged, show_automations

#: how far back the times of everybody's revocations are told
PERIOD = timedelta(days=90)


@dataclass(frozen=True)
class Connections:
    """All of a person's connections."""

    listed: AutomationsPage
    needs: Needs
    grant: GoogleGrant | None
    withheld: list[UUID]
    ended: list[Revocation]
    times: RevocationTimes
    sign_in: list[SocialAccount]
    at_github: list[GitHubGrant]

    @property
    def granted(self) -> set[str]:
        """Return the scopes that are granted."""
        return {*(self.grant.scopes if self.grant else ())}

    @property
    def is_waiting(self) -> bool:
        """Return whether nothing can be granted until Google confirms an end; of another account it may."""
        return self.pending is not None and not (self.grant and self.pending.reason == WipeReason.OTHER_ACCOUNT)

    @property
    def pending(self) -> Revocation | None:
        """Return the grant whose end Google has not confirmed yet."""
        waiting = (row for row in self.ended if row.provider == Provider.GOOGLE and row.due_at is not None)
        return next(waiting, None)


def show_connections(user: User, *, paged: Paged = FIRST_PAGE, now: datetime) -> Connections:
    """Return a person's connections, with one page of their automations; that these were decrypted is logged."""
    listed = show_automations(user, paged=paged, now=now)
    with db.row_security_for(user.reference):
        return Connections(
            listed,
            find_needs(user.reference),
            get_grant(user.reference),
            list_withheld(user.reference),
            list_ended(user.reference),
            revocation_times(now - PERIOD),
            list(SocialAccount.objects.filter(user=user).order_by("provider")),
            list_at_github(user.reference),
        )
