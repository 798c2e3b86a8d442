"""What the scheduler wakes the worker for: expired counts and codes, changes of the staff whose time has come."""

from celery import shared_task
from django.utils import timezone

from audit import sides

from . import services
from .models import CacheEntry


@shared_task(name="identity.sweep_cache")
def sweep_cache() -> None:
    """Delete counts and codes that have expired."""
    with sides.acting("worker"):
        CacheEntry.objects.filter(expires_at__lte=timezone.now()).delete()


@shared_task(name="identity.sweep_changes")
def sweep_changes() -> None:
    """Carry out the changes that nobody confirmed or withdrew in time."""
    with sides.acting("worker"):
        services.sweep_changes(now=timezone.now())
