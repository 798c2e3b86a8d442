"""End what a person granted at Google: gone from here at once, and there once Google has confirmed it."""

from datetime import timedelta

from accounts.connections import google
from accounts.connections.models import Revocation, WipeReason
from accounts.connections.services import wipe_grant
from audit.log.actors import machine
from rights.errors import ProviderError, WaitsOutsideError
from rights.states import Attestation

from .steps import Attempt, StepResult

#: how often it is looked whether Google has confirmed
LOOK_AGAIN_AFTER = timedelta(minutes=1)
is_set_up = google.is_set_up


def erase_at_google(attempt: Attempt) -> StepResult:
    """Wipe the grant, and wait for Google's confirmation of it and of those that ended before.

    Raises WaitsOutsideError while Google has not confirmed, ProviderError where it never did: then an officer ends the
    access there by hand.
    """
    subject, now = attempt.step.subject, attempt.lease.clock()
    wipe_grant(subject, reason=WipeReason.DELETION, actor=machine("worker"), asked_at=now, now=now)
    ended = list(Revocation.objects.defer("sealed").filter(subject=subject).order_by("asked_at"))
    if any(row.due_at is not None for row in ended):
        raise WaitsOutsideError(LOOK_AGAIN_AFTER)
    if any(row.confirmed_at is None for row in ended):
        raise ProviderError("not_confirmed")
    finding = Attestation.ERASED if ended else Attestation.NOTHING_HELD
    return StepResult(len(ended), facts={"finding": finding.value})
