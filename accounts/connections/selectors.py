"""What a person granted at Google, what needs it, and what has ended; called inside `db.row_security_for`."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from uuid import UUID

from core import db

from .models import Automation, EndedAutomation, GitHubGrant, GoogleGrant, Provider, Revocation, WipeReason
from .scopes import CATALOGUE

#: grants that have ended of which a person's page tells
MOST_ENDED = 10


def get_grant(reference: str) -> GoogleGrant | None:
    """Return what the person granted at Google, without the token."""
    return GoogleGrant.objects.defer("sealed").filter(subject=reference).first()


def list_withheld(reference: str) -> list[UUID]:
    """Return the automations from which the person took the access away, in the grant or in the last one."""
    grant = GoogleGrant.objects.filter(subject=reference).values_list("withheld", flat=True).first()
    if grant is not None:
        return list(grant)
    ended = Revocation.objects.filter(subject=reference, provider=Provider.GOOGLE)
    ended = ended.exclude(reason=WipeReason.OTHER_ACCOUNT).order_by("-wiped_at")
    return list(ended.values_list("withheld", flat=True).first() or ())


@dataclass(frozen=True)
class RevocationTimes:
    """How many ended their access, and seconds from the click to gone from here and to the vendor's confirmation."""

    ended: int
    wiped_median: float | None
    wiped_worst: float | None
    confirmed: int
    confirmed_median: float | None
    confirmed_worst: float | None


def revocation_times(since: datetime) -> RevocationTimes:
    """Return the times of everybody together."""
    return RevocationTimes(*db.select_rows("SELECT * FROM connections_revocation_times(%s)", [since])[0])


@dataclass(frozen=True)
class Needs:
    """Scopes that a person's automations need: each of those that are on, and any at all."""

    on: dict[UUID, set[str]] = field(default_factory=dict)
    ever: set[str] = field(default_factory=set)

    @cached_property
    def now(self) -> Counter[str]:
        """Return scope → how many automations that are on need it."""
        return Counter(name for scopes in self.on.values() for name in scopes)


def find_needs(reference: str, *, without: UUID | None = None) -> Needs:
    """Return what the person's automations need, but those from which they took the access away, and one more."""
    withheld = list_withheld(reference) + ([without] if without else [])
    ended = EndedAutomation.objects.filter(subject=reference).values("id")
    own = Automation.objects.filter(subject=reference).exclude(pk__in=withheld).exclude(pk__in=ended)
    needs = Needs()
    for automation, is_on, scopes in own.values_list("pk", "is_on", "scopes").iterator():
        known = {name for name in scopes if name in CATALOGUE}
        needs.ever.update(known)
        if is_on:
            needs.on[automation] = known
    return needs


def scopes_of(reference: str, automation: UUID) -> set[str]:
    """Return what one automation of the person needs; raises Automation.DoesNotExist for one that is not theirs."""
    living = Automation.objects.exclude(pk__in=EndedAutomation.objects.filter(subject=reference).values("id"))
    scopes = living.values_list("scopes", flat=True).get(subject=reference, pk=automation)
    return {name for name in scopes if name in CATALOGUE}


def list_ended(reference: str) -> list[Revocation]:
    """Return the person's grants that have ended, newest first, without tokens."""
    return list(Revocation.objects.defer("sealed").filter(subject=reference).order_by("-asked_at")[:MOST_ENDED])


def list_at_github(reference: str) -> list[GitHubGrant]:
    """Return the person's authorisations at GitHub that can be ended from here, without tokens."""
    return list(GitHubGrant.objects.defer("sealed").filter(subject=reference))


def is_ending(reference: str, provider: Provider) -> bool:
    """Return whether the provider has yet to confirm an end that would end a new grant, too.

    The end of another account at Google than the one that is connected does not.
    """
    waiting = Revocation.objects.filter(subject=reference, provider=provider, due_at__isnull=False)
    if GoogleGrant.objects.filter(subject=reference).exists():
        waiting = waiting.exclude(reason=WipeReason.OTHER_ACCOUNT)
    return waiting.exists()
