"""Retry a stuck step."""

from datetime import datetime
from uuid import UUID

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from core import db
from core.leases import ENQUEUE_AGAIN_AFTER, MAX_ATTEMPTS
from rights import events
from rights.models import Step
from rights.states import StepStatus

from .get_for_update import get_step_for_update
from .steps import enqueue_step, log_step


def retry_step(reference: str, step_id: UUID, *, actor: User, now: datetime) -> Step:
    """Give a step that failed or needs attention as many attempts again, and enqueue it.

    Raises NotAllowedError, WrongStateError, RightsError for a step that is not stuck.
    """
    with db.atomic():
        _, step = get_step_for_update(reference, step_id, actor=actor)
        step.status, step.due_at = StepStatus.WAITING, now + ENQUEUE_AGAIN_AFTER
        step.attempts_allowed = step.attempts + MAX_ATTEMPTS
        step.save(update_fields=["status", "attempts_allowed", "due_at"])
        log_step(events.STEP_RETRIED, step, actor=actor_of(actor), now=now)
        enqueue_step(step.pk)
    return step
