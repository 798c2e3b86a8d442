"""Run one step, whatever happened to it before."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.utils import translation

from audit import sides
from audit.services import append
from rights import events
from rights.errors import LeaseLostError
from rights.models import RightsRequest, Step
from rights.policies import next_state
from rights.states import Act, State, StepStatus, Verb

from .assemble_package import assemble_package, keep_package
from .bell import ring
from .export_holding import Made, export_holding
from .lease import ACTOR, Clock, Lease, Pulse, take_lease
from .start_request import BELL_LASTS
from .stored import remove_stored

_log = structlog.get_logger(__name__)
_WORKS: dict[str, Callable[[Lease, Pulse], Made]] = {Verb.EXPORT: export_holding, Verb.ASSEMBLE: assemble_package}


def run_step(step_id: UUID, *, clock: Clock) -> bool:
    """Lease the step, do its work, store the receipt; True when this call finished it.

    Safe to call at any time and by any number of workers: one holds the lease, and only who still holds it
    may finish. A worker that dies leaves a lease that runs out, and its attempt stays counted.
    """
    lease = take_lease(step_id, now=clock())
    if lease is None:
        return False
    try:
        # What is written in words for the person (facts, the log's sentences) is in their language.
        with translation.override(lease.step.request.language), Pulse(lease, clock) as pulse:
            made = _WORKS[lease.step.verb](lease, pulse)
    except LeaseLostError:
        return False
    except Exception as error:  # noqa: BLE001 - whatever a holding raises is a failed attempt, kept in the row
        fail_step(lease, error, now=clock())
        return False
    if not finish_step(lease, made, now=clock()):
        remove_stored(made.name)
        return False
    return True


def _hold(lease: Lease) -> tuple[RightsRequest, Step] | None:
    """Lock the request, then the step; None when the request was closed meanwhile or the lease was lost."""
    request = RightsRequest.objects.select_for_update().get(pk=lease.step.request_id)
    step = Step.objects.select_for_update().get(pk=lease.step.pk)
    held = step.status == StepStatus.RUNNING and step.attempts == lease.attempt
    return (request, step) if held and request.state == State.IN_PROGRESS else None


def finish_step(lease: Lease, made: Made, *, now: datetime) -> bool:
    """Store the receipt and its line in one transaction, and see what comes next for the request."""
    with sides.atomic():
        held = _hold(lease)
        if held is None:
            return False
        request, step = held
        step.status = StepStatus.DONE
        step.lease_until = None
        step.last_error = ""
        step.finished_at = now
        step.progress = made.count
        step.receipt = {"count": made.count, "bytes": made.size, "sha256": made.sha256}
        if step.verb == Verb.EXPORT:
            step.part, step.part_key = made.name, made.sealed_key
        step.save()
        append(
            events.STEP_FINISHED,
            actor=ACTOR,
            subject=step.subject,
            now=now,
            payload={**lease.payload, "count": made.count, "bytes": made.size},
            personal={"sha256": made.sha256},
        )
        if step.verb == Verb.ASSEMBLE:
            keep_package(request, made, made_at=lease.started_at, now=now)
        proceed(request, now=now)
    return True


def fail_step(lease: Lease, error: Exception, *, now: datetime) -> None:
    """Count the failure; after the last attempt the step is parked until an officer decides."""
    # The exception's text may hold personal data; its class says enough.
    code = type(error).__name__[:64]
    _log.warning("step_failed", step=str(lease.step.pk), holding=lease.step.holding, error=code)
    parked = lease.attempt >= lease.step.attempts_allowed
    with sides.atomic():
        held = _hold(lease)
        if held is None:
            return
        _, step = held
        step.status = StepStatus.PARKED if parked else StepStatus.FAILED
        step.lease_until = None
        step.last_error = code
        step.due_at = now + timedelta(seconds=10 * 2**lease.attempt)
        step.save(update_fields=["status", "lease_until", "last_error", "due_at"])
        append(
            events.STEP_FAILED,
            actor=ACTOR,
            subject=step.subject,
            now=now,
            payload={**lease.payload, "error": code},
            outcome="failed",
        )
        if parked:
            append(events.STEP_PARKED, actor=ACTOR, subject=step.subject, now=now, payload=lease.payload)


def proceed(request: RightsRequest, *, now: datetime) -> None:
    """Ring for the package once every export is settled; send the request to review once the package is there.

    Call it with the request locked: two steps that finish at once would otherwise each see the other running.
    """
    open_steps = list(
        Step.objects.filter(request=request).exclude(status__in=[StepStatus.DONE, StepStatus.LEFT_OUT]).only("verb")
    )
    if not open_steps:
        request.state = next_state(request, Act.SETTLE)
        request.save(update_fields=["state"])
        append(
            events.REQUEST_READIED, actor=ACTOR, subject=request.subject, now=now, payload={"case": request.reference}
        )
    elif [step.verb for step in open_steps] == [Verb.ASSEMBLE]:
        Step.objects.filter(pk=open_steps[0].pk).update(due_at=now + BELL_LASTS)
        ring(open_steps[0].pk)
