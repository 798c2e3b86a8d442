"""Ring again for steps that are due and leased by nobody; park those that kill their worker each time."""

from datetime import datetime
from uuid import UUID

from audit import sides
from audit.services import append, sweep_items
from rights import events
from rights.models import Step
from rights.selectors import due_steps
from rights.states import StepStatus

from .bell import ring
from .lease import ACTOR, step_payload
from .start_request import BELL_LASTS

BATCH = 500


def sweep_steps(*, now: datetime) -> int:
    """Return how many steps were rung for. Two sweepers at once have one effect: each row is taken once."""
    due = due_steps(now).values_list("pk", flat=True)
    return sweep_items("rights.steps", due, _ring_again, now=now, batch=BATCH)


def _ring_again(step_id: UUID, now: datetime) -> bool:
    step = due_steps(now).select_related("request").filter(pk=step_id).first()
    if step is None:
        return False
    with sides.atomic():
        seen = Step.objects.filter(
            pk=step.pk, status=step.status, attempts=step.attempts, due_at=step.due_at, lease_until=step.lease_until
        )
        if step.attempts >= step.attempts_allowed:
            _park(step, seen_rows=seen.update(status=StepStatus.PARKED, lease_until=None), now=now)
            return False
        if not seen.update(due_at=now + BELL_LASTS):
            return False
        ring(step.pk)
    return True


def _park(step: Step, *, seen_rows: int, now: datetime) -> None:
    if seen_rows:
        append(
            events.STEP_PARKED,
            actor=ACTOR,
            subject=step.subject,
            now=now,
            payload=step_payload(step, step.attempts),
        )
