"""Run one step, whatever happened to it before."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from uuid import UUID

import structlog
from django.utils import translation

from cases.log_case import log_case
from cases.policies import next_state
from core import db
from core.encrypted_files import delete_file
from core.leases import ENQUEUE_AGAIN_AFTER, Clock, LeaseLostError
from rights import events
from rights.kind import RIGHTS
from rights.models import RightsRequest, Step
from rights.states import SETTLED, AllowedAct, RequestState, StepStatus, Verb

from .assemble_package import assemble_package, keep_package
from .export_category import export_category
from .steps import Attempt, StepResult, enqueue_step, log_step, take_step

_log = structlog.get_logger(__name__)
_WORK: dict[str, Callable[[Attempt], StepResult]] = {Verb.EXPORT: export_category, Verb.ASSEMBLE: assemble_package}


def run_step(step_id: UUID, *, clock: Clock) -> bool:
    """Lease the step, do its work, store the receipt; True when this call finished it.

    Safe to call at any time and by any number of workers: one holds the lease, and only the holder may finish. A worker
    that dies leaves a lease that runs out, and its attempt stays counted.
    """
    attempt = take_step(step_id, clock=clock)
    if attempt is None:
        return False
    try:
        # Texts for the person (facts, the log's sentences) are in their language.
        with translation.override(attempt.step.request.language), attempt.lease.second_connection():
            result = _WORK[attempt.step.verb](attempt)
    except LeaseLostError:
        return False
    except Exception as error:  # noqa: BLE001 - whatever a data category raises is a failed attempt, kept in the row
        with suppress(LeaseLostError):
            fail_step(attempt, error, now=clock())
        return False
    try:
        finish_step(attempt, result, now=clock())
    except LeaseLostError:
        delete_file(result.file.name)
        return False
    return True


def _lock_request(step: Step) -> RightsRequest:
    """Lock the request before its step is written; raises LeaseLostError when it was closed meanwhile."""
    request = RightsRequest.objects.select_for_update().get(pk=step.request_id)
    if request.state != RequestState.IN_PROGRESS:
        raise LeaseLostError
    return request


def finish_step(attempt: Attempt, result: StepResult, *, now: datetime) -> None:
    """Store the receipt and log it in one transaction, then proceed with the request; raises LeaseLostError."""
    step, file = attempt.step, result.file
    receipt = {"count": result.count, "bytes": file.size, "sha256": file.sha256}
    part = {"part": file.name, "part_key": result.sealed_key} if step.verb == Verb.EXPORT else {}
    with db.atomic():
        request = _lock_request(step)
        attempt.lease.release(
            status=StepStatus.DONE, last_error="", finished_at=now, progress=result.count, receipt=receipt, **part
        )
        log_step(
            events.STEP_FINISHED,
            step,
            now=now,
            personal={"sha256": file.sha256},
            count=result.count,
            bytes=file.size,
        )
        if step.verb == Verb.ASSEMBLE:
            keep_package(request, result, made_at=attempt.started_at, now=now)
        proceed(request, now=now)


def fail_step(attempt: Attempt, error: Exception, *, now: datetime) -> None:
    """Count the failure; after the last attempt the step needs an officer's attention. Raises LeaseLostError."""
    step = attempt.step
    # The exception's text may hold personal data; its class says enough.
    code = type(error).__name__[:64]
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
    """Enqueue the package once every export is settled; send the request to review once the package is there.

    Call it with the request locked: two steps that finish at once would otherwise each see the other running.
    """
    unsettled = list(Step.objects.filter(request=request).exclude(status__in=sorted(SETTLED)).only("verb"))
    if not unsettled:
        request.state = next_state(RIGHTS, request, AllowedAct.SETTLE)
        request.save(update_fields=["state"])
        log_case(events.REQUEST_READIED, request, now=now)
    elif [step.verb for step in unsettled] == [Verb.ASSEMBLE]:
        Step.objects.filter(pk=unsettled[0].pk).update(due_at=now + ENQUEUE_AGAIN_AFTER)
        enqueue_step(unsettled[0].pk)
