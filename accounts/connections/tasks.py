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


@shared_task(name="connections.sweep")
def sweep() -> None:
    """End the grants whose message was lost, or which no provider has confirmed."""
    with db.use_role("worker"):
        services.sweep_revocations(clock=timezone.now)
