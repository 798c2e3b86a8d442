"""End what a person granted at Google and GitHub: gone from here at once, and there once they have confirmed it."""

from datetime import timedelta

from allauth.socialaccount.models import SocialAccount

from accounts.connections.models import Provider, Revocation, WipeReason
from accounts.connections.services import wipe_github_grants, wipe_grant
from audit.log.actors import machine
from rights.errors import ProviderError, WaitsOutsideError
from rights.states import Attestation

from .steps import Attempt, StepResult

#: how often it is looked whether a provider has confirmed
LOOK_AGAIN_AFTER = timedelta(minutes=1)
_ACTOR = machine("worker")


def erase_at_google(attempt: Attempt) -> StepResult:
    """Wipe the grant, and wait for Google's confirmation; raises as `_await_end`."""
    subject, now = attempt.step.subject, attempt.lease.clock()
    wipe_grant(subject, reason=WipeReason.DELETION, actor=_ACTOR, asked_at=now, now=now)
    return _await_end(subject, Provider.GOOGLE)


def erase_at_github(attempt: Attempt) -> StepResult:
    """Wipe the authorisation, and wait for GitHub's confirmation; raises as `_await_end`.

    Of an account that signs in without a token of it ever having been kept, the end is an officer's, too.
    """
    subject, now = attempt.step.subject, attempt.lease.clock()
    wipe_github_grants(subject, reason=WipeReason.DELETION, actor=_ACTOR, asked_at=now, now=now)
    accounts = SocialAccount.objects.filter(user__reference=subject, provider=Provider.GITHUB).count()
    mine = Revocation.objects.filter(subject=subject, provider=Provider.GITHUB, reason=WipeReason.DELETION)
    if mine.count() < accounts:
        raise ProviderError("no_token")
    return _await_end(subject, Provider.GITHUB)


def _await_end(subject: str, provider: Provider) -> StepResult:
    """Look whether the provider has confirmed the end of all that was granted there, now or before.

    Raises WaitsOutsideError while it has not, ProviderError where it never did: then an officer ends the access there
    by hand.
    """
    rows = Revocation.objects.defer("sealed").filter(subject=subject, provider=provider).order_by("asked_at")
    ended = [row for row in rows if not row.is_resumed]
    if any(row.due_at is not None for row in ended):
        raise WaitsOutsideError(LOOK_AGAIN_AFTER)
    if any(row.confirmed_at is None for row in ended):
        raise ProviderError("not_confirmed")
    finding = Attestation.ERASED if ended else Attestation.NOTHING_HELD
    return StepResult(len(ended), facts={"finding": finding.value})
