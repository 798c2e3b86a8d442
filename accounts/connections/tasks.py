"""Celery tasks of the connections; their arguments are ids only."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from core import db

from . import services


@shared_task(name="connections.revoke")
def revoke(revocation_id: str) -> None:
    """End one grant at Google."""
    with db.use_role("worker"):
        services.revoke(UUID(revocation_id), clock=timezone.now)


@shared_task(name="connections.sweep")
def sweep() -> None:
    """End the grants whose message was lost, or which Google has not confirmed; erase automations that were deleted."""
    with db.use_role("worker"):
        services.sweep_revocations(clock=timezone.now)
        services.sweep_ended(now=timezone.now())


@shared_task(name="connections.check_grant")
def check_grant(subject: str) -> None:
    """Ask Google whether one person's grant stands."""
    with db.use_role("worker"):
        services.check_grant(subject, clock=timezone.now)


@shared_task(name="connections.check")
def check() -> None:
    """Ask Google for the grants of which it was not asked for a day; end those that nothing needs."""
    with db.use_role("worker"):
        services.sweep_checks(clock=timezone.now)
        services.sweep_unneeded(now=timezone.now())
