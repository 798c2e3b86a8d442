"""Periodic tasks: delete expired cache entries, carry out changes of the staff that are due, mail what waits."""

from celery import shared_task
from django.utils import timezone

from core import db

from . import services
from .models import CacheEntry


@shared_task(name="identity.sweep_cache")
def sweep_cache() -> None:
    """Delete counts and codes that have expired."""
    with db.use_role("worker"):
        CacheEntry.objects.filter(expires_at__lte=timezone.now()).delete()


@shared_task(name="identity.sweep_changes")
def sweep_changes() -> None:
    """Carry out the changes that nobody confirmed or withdrew in time."""
    with db.use_role("worker"):
        services.sweep_changes(now=timezone.now())


@shared_task(name="identity.mail_staff")
def mail_staff() -> None:
    """Mail members of staff about what waits for them."""
    with db.use_role("worker"):
        services.mail_staff(timezone.now())
