"""What the worker does for identity."""

from celery import shared_task
from django.utils import timezone

from audit import sides

from .models import CacheEntry


@shared_task(name="identity.sweep_cache")
def sweep_cache() -> None:
    """Delete counts and codes that have expired."""
    with sides.acting("worker"):
        CacheEntry.objects.filter(expires_at__lte=timezone.now()).delete()
