"""Celery tasks of the connections; their arguments are ids only."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from core import db

from . import services


@shared_task(name="connections.revoke")
def revoke(revocation_id: str) -> None:
    """End one grant at its provider."""
    with db.use_role("worker"):
        services.revoke(UUID(revocation_id), clock=timezone.now)


@shared_task(name="connections.settle_event")
def settle_event(event_id: str) -> None:
    """Act on one security event of Google."""
    with db.use_role("worker"):
        services.settle_event(UUID(event_id), now=timezone.now())


@shared_task(name="connections.sweep")
def sweep() -> None:
    """Take up what lost messages left: security events, grants whose end is not confirmed, deleted automations."""
    with db.use_role("worker"):
        services.sweep_events(now=timezone.now())
        services.sweep_revocations(clock=timezone.now)
        services.sweep_ended(now=timezone.now())


@shared_task(name="connections.check_grant")
def check_grant(subject: str) -> None:
    """Ask Google whether one person's grant stands."""
    with db.use_role("worker"):
        services.check_grant(subject, clock=timezone.now)


@shared_task(name="connections.check")
def check() -> None:
    """End the grants that nothing needs; ask Google for those of which it was not asked for a day."""
    with db.use_role("worker"):
        services.sweep_unneeded(now=timezone.now())
        services.sweep_checks(clock=timezone.now)
