"""What the worker does for letters."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from audit import sides

from . import services


@shared_task(name="inbox.mail_letter")
def mail_letter(letter_id: str) -> None:
    """Mail one letter."""
    with sides.acting("worker"):
        services.post_letter(UUID(letter_id), now=timezone.now())


@shared_task(name="inbox.sweep_letters")
def sweep_letters() -> None:
    """Mail what is due and was not rung for: the broker may have lost the bell."""
    with sides.acting("worker"):
        services.sweep_letters(now=timezone.now())
