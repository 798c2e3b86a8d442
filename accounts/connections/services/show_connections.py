"""What a person's own page shows of Google and GitHub: what is granted, what it is needed for, and what has ended."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.socialaccount.models import SocialAccount

from accounts.connections.models import GitHubGrant, GoogleGrant, Provider, Revocation
from accounts.connections.selectors import get_grant, list_at_github, list_ended
from accounts.identity.models import User
from core import db

from .show_automations import count_needed, show_automations


@dataclass(frozen=True)
class Connections:
    """All of a person's connections; `needed` is scope → number of automations that are on and need it."""

    automations: list[dict[str, Any]]
    transfers: list[dict[str, Any]]
    needed: dict[str, int]
    grant: GoogleGrant | None
    ended: list[Revocation]
    sign_in: list[SocialAccount]
    at_github: list[GitHubGrant]

    @property
    def granted(self) -> set[str]:
        """Return the scopes that are granted."""
        return {*(self.grant.scopes if self.grant else ())}

    @property
    def pending(self) -> Revocation | None:
        """Return the grant whose end Google has not confirmed yet."""
        waiting = (row for row in self.ended if row.provider == Provider.GOOGLE and row.due_at is not None)
        return next(waiting, None)


def show_connections(user: User, *, now: datetime) -> Connections:
    """Return a person's connections; that their automations were decrypted is logged."""
    automations, transfers = show_automations(user, now=now)
    with db.row_security_for(user.reference):
        return Connections(
            automations,
            transfers,
            dict(count_needed(user.reference)),
            get_grant(user.reference),
            list_ended(user.reference),
            list(SocialAccount.objects.filter(user=user).order_by("provider")),
            list_at_github(user.reference),
        )
