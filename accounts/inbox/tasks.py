"""Tasks of the worker for letters."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from core import db

from . import services


@shared_task(name="inbox.mail_letter")
def mail_letter(letter_id: str) -> None:
    """Mail one letter."""
    with db.use_role("worker"):
        services.post_letter(UUID(letter_id), now=timezone.now())


@shared_task(name="inbox.sweep_letters")
def sweep_letters() -> None:
    """Mail the letters that are due and still waiting: the broker may have lost their message."""
    with db.use_role("worker"):
        services.sweep_letters(now=timezone.now())
