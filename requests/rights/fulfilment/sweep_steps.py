"""Enqueue steps that are due and leased by nobody; those that kill their worker each time need attention."""

from datetime import datetime
from uuid import UUID

from audit.log.sweep_items import sweep_items
from core.leases import enqueue_again
from rights import events
from rights.models import Step
from rights.selectors import due_steps
from rights.states import StepStatus

from .steps import enqueue_step, log_step

BATCH = 500


def sweep_steps(*, now: datetime) -> int:
    """Return how many steps were enqueued."""
    return sweep_items("rights.steps", due_steps(now), _enqueue_again, now=now, batch=BATCH)


def _enqueue_again(step_id: UUID, now: datetime) -> bool:
    def give_up(step: Step) -> None:
        log_step(events.STEP_PARKED, step, now=now)

    due = due_steps(now).select_related("request")
    given_up = {"status": StepStatus.NEEDS_ATTENTION}
    return enqueue_again(due, step_id, now=now, enqueue=enqueue_step, give_up=give_up, given_up=given_up)
