"""Run one step, whatever happened to it before."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.utils import translation

from cases.log_case import log_case
from cases.policies import next_state
from core import db
from core.encrypted_files import delete_file
from core.leases import ENQUEUE_AGAIN_AFTER, MAX_ATTEMPTS, Clock, LeaseLostError
from rights import events
from rights.errors import WaitsOutsideError
from rights.external_stores import GITHUB, GOOGLE, MIXPANEL
from rights.kind import RIGHTS
from rights.models import RightsRequest, Step
from rights.states import PARALLEL, RUNNING, SETTLED, AllowedAct, StepStatus, Verb

from .assemble_package import assemble_package, keep_package
from .certificate import issue_certificate, prepare_certificate
from .correct_category import correct_category
from .erase_grants import erase_at_github, erase_at_google
from .erase_person import erase_category, erase_last_categories, search_mentions
from .export_category import export_category
from .mixpanel import erase_at_mixpanel
from .platform_step import settle_platform_step
from .steps import Attempt, StepResult, enqueue_step, log_step, take_step

_log = structlog.get_logger(__name__)
_CLIENTS: dict[str, Callable[[Attempt], StepResult]] = {
    MIXPANEL: erase_at_mixpanel,
    GOOGLE: erase_at_google,
    GITHUB: erase_at_github,
}
_WORK: dict[str, Callable[[Attempt], StepResult]] = {
    Verb.EXPORT: export_category,
    Verb.ASSEMBLE: assemble_package,
    Verb.ERASE: erase_category,
    Verb.CORRECT: correct_category,
    Verb.ERASE_OUTSIDE: lambda attempt: _CLIENTS[attempt.step.holding](attempt),
    Verb.SEARCH: search_mentions,
    Verb.TELL: prepare_certificate,
    Verb.CRYPTO_SHRED: erase_last_categories,
    Verb.CERTIFY: lambda _attempt: StepResult(1),
}


def run_step(step_id: UUID, *, clock: Clock) -> bool:
    """Lease the step, do its work, store the receipt; True when this call finished it.

    Safe to call at any time and by any number of workers: one holds the lease, and only the holder may finish. A worker
    that dies leaves a lease that runs out, and its attempt stays counted.
    """
    attempt = take_step(step_id, clock=clock)
    if attempt is None:
        return False
    result: StepResult | None = None
    try:
        # Texts for the person (facts, the log's sentences) are in their language.
        with translation.override(attempt.step.request.language), attempt.lease.second_connection():
            result = _WORK[attempt.step.verb](attempt)
        finish_step(attempt, result, now=clock())
    except LeaseLostError:
        if result is not None and result.file is not None:
            delete_file(result.file.name)
    except WaitsOutsideError as waits:
        with suppress(LeaseLostError):
            _wait_outside(attempt, now=clock(), pause=waits.pause)
    except Exception as error:  # noqa: BLE001 - whatever is raised is a failed attempt, kept in the row
        # Of a receipt that could not be written a file may stay: the sweep clears it.
        with suppress(LeaseLostError):
            fail_step(attempt, error, now=clock())
    else:
        return True
    return False


def _lock_request(step: Step) -> RightsRequest:
    """Lock the request before its step is written; raises LeaseLostError when it was closed meanwhile."""
    request = RightsRequest.objects.select_for_update().get(pk=step.request_id)
    if request.state not in RUNNING:
        raise LeaseLostError
    return request


def finish_step(attempt: Attempt, result: StepResult, *, now: datetime) -> None:
    """Store the receipt and log it in one transaction, then proceed with the request; raises LeaseLostError."""
    step, file = attempt.step, result.file
    receipt = {"count": result.count, **result.facts}
    if file is not None:
        receipt |= {"bytes": file.size, "sha256": file.sha256}
    part = {"part": file.name, "part_key": result.sealed_key} if file and step.verb == Verb.EXPORT else {}
    with db.atomic():
        request = _lock_request(step)
        attempt.lease.release(
            status=StepStatus.DONE, last_error="", finished_at=now, progress=result.count, receipt=receipt, **part
        )
        if file is None:
            log_step(events.STEP_DONE, step, now=now, count=result.count)
        else:
            digest = {"sha256": file.sha256}
            log_step(events.STEP_FINISHED, step, now=now, personal=digest, count=result.count, bytes=file.size)
        if step.verb == Verb.ASSEMBLE and file is not None:
            keep_package(request, file, result, made_at=attempt.started_at, now=now)
        if step.verb == Verb.CERTIFY:
            issue_certificate(request, now=now)
        proceed(request, now=now)


def _wait_outside(attempt: Attempt, *, now: datetime, pause: timedelta) -> None:
    """Let the step wait for a provider that has begun; raises LeaseLostError."""
    allowed = attempt.step.attempts + MAX_ATTEMPTS
    with db.atomic():
        _lock_request(attempt.step)
        attempt.lease.release(status=StepStatus.WAITING, last_error="", due_at=now + pause, attempts_allowed=allowed)


def _code_of(error: Exception) -> str:
    """Return the class of an error and what of ours it names: its text may hold personal data."""
    names = getattr(error, "categories", getattr(error, "tables", getattr(error, "codes", ())))
    return ":".join(filter(None, [type(error).__name__, ",".join(names)]))[:64]


def fail_step(attempt: Attempt, error: Exception, *, now: datetime) -> None:
    """Count the failure; after the last attempt the step needs an officer's attention. Raises LeaseLostError."""
    step = attempt.step
    code = _code_of(error)
    _log.warning("step_failed", step=str(step.pk), holding=step.holding, error=code)
    last = step.attempts >= step.attempts_allowed
    with db.atomic():
        _lock_request(step)
        attempt.lease.release(
            status=StepStatus.NEEDS_ATTENTION if last else StepStatus.FAILED,
            last_error=code,
            due_at=now + step.back_off,
        )
        log_step(events.STEP_FAILED, step, now=now, outcome="failed", error=code)
        if last:
            log_step(events.STEP_PARKED, step, now=now)


def proceed(request: RightsRequest, *, now: datetime) -> None:
    """Enqueue the step that waits for those settled so far; once all are, the request goes to its next state.

    Call it with the request locked: two steps that finish at once would otherwise each see the other running.
    """
    settle_platform_step(request, now=now)
    unsettled = Step.objects.filter(request=request).exclude(status__in=sorted(SETTLED))
    following = unsettled.order_by("position").only("verb").first()
    if following is None:
        settle(request, now=now)
    elif following.verb not in PARALLEL:
        Step.objects.filter(pk=following.pk).update(due_at=now + ENQUEUE_AGAIN_AFTER)
        enqueue_step(following.pk)


def settle(request: RightsRequest, *, now: datetime) -> None:
    """Send a locked request whose steps are all settled to review, or close a deletion that was signed off."""
    request.state = next_state(RIGHTS, request, AllowedAct.SETTLE)
    if not request.is_open:
        request.closed_at = now
    request.save(update_fields=["state", "closed_at"])
    log_case(events.REQUEST_READIED if request.is_open else events.REQUEST_COMPLETED, request, now=now)
