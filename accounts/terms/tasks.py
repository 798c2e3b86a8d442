"""Celery tasks of the terms; their arguments are ids only."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from core import db

from . import services


@shared_task(name="terms.send")
def send(announcement_id: str) -> None:
    """Write one announcement to everybody whom it concerns."""
    with db.use_role("worker"):
        services.send_announcement(UUID(announcement_id), timezone.now())


@shared_task(name="terms.sweep")
def sweep() -> None:
    """Change processors whose announced day has come; send what a lost message left, and tell who joined meanwhile."""
    with db.use_role("worker"):
        services.sweep_processors(now=timezone.now())
        services.sweep_announcements(now=timezone.now())
