"""What the scheduler wakes the worker for: expired counts and codes, changes of the staff whose time has come."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from audit import sides

from .models import CacheEntry
from .services import carry_out_change, due_changes


@shared_task(name="identity.sweep_cache")
def sweep_cache() -> None:
    """Delete counts and codes that have expired."""
    with sides.acting("worker"):
        CacheEntry.objects.filter(expires_at__lte=timezone.now()).delete()


@shared_task(name="identity.sweep_changes")
def sweep_changes() -> None:
    """Wake the worker for each change that is due: one that fails does not hold the others up, and comes again."""
    with sides.acting("worker"):
        for change_id in due_changes(timezone.now()):
            carry_out.delay(str(change_id))


@shared_task(name="identity.carry_out_change")
def carry_out(change_id: str) -> None:
    """Carry out one change."""
    with sides.acting("worker"):
        carry_out_change(UUID(change_id), now=timezone.now())
