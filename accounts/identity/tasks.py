"""What the scheduler rings for: changes of the staff whose time has come."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from audit import sides

from .services import carry_out_change, due_changes


@shared_task(name="identity.sweep_changes")
def sweep_changes() -> None:
    """Ring for each change that is due: one that fails does not hold the others up, and is rung for again."""
    with sides.acting("worker"):
        for change_id in due_changes(timezone.now()):
            carry_out.delay(str(change_id))


@shared_task(name="identity.carry_out_change")
def carry_out(change_id: str) -> None:
    """Carry out one change."""
    with sides.acting("worker"):
        carry_out_change(UUID(change_id), now=timezone.now())
