"""What the worker does for letters."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from audit import sides

from .services import due_letters, post_letter


@shared_task(name="inbox.mail_letter")
def mail_letter(letter_id: str) -> None:
    """Mail one letter."""
    with sides.acting("worker"):
        post_letter(UUID(letter_id), now=timezone.now())


@shared_task(name="inbox.sweep_letters")
def sweep_letters() -> None:
    """Mail what is due and was not rung for: the broker may have lost the bell."""
    now = timezone.now()
    with sides.acting("worker"):
        for letter_id in due_letters(now):
            post_letter(letter_id, now=now)
