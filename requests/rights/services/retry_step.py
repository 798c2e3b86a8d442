"""Put a stuck step back to run."""

from datetime import datetime
from uuid import UUID

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from audit import sides
from audit.services import append
from rights import events
from rights.models import Step
from rights.states import MAX_ATTEMPTS, StepStatus

from .bell import ring
from .held_step import hold_stuck_step
from .lease import step_payload
from .start_request import BELL_LASTS


def retry_step(reference: str, step_id: UUID, *, actor: User, now: datetime) -> Step:
    """Give a failed or parked step as many attempts again and ring for it.

    Raises NotAllowedError, WrongStateError, RightsError for a step that is not stuck.
    """
    with sides.atomic():
        request, step = hold_stuck_step(reference, step_id, actor=actor)
        payload = step_payload(step, step.attempts)
        step.status, step.due_at = StepStatus.WAITING, now + BELL_LASTS
        step.attempts_allowed = step.attempts + MAX_ATTEMPTS
        step.save(update_fields=["status", "attempts_allowed", "due_at"])
        append(events.STEP_RETRIED, actor=actor_of(actor), subject=request.subject, now=now, payload=payload)
        ring(step.pk)
    return step
