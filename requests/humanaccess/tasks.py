"""Scheduled tasks of human access."""

from celery import shared_task
from django.utils import timezone

from core import db

from .services import expire_grants, expire_requests, remove_codes


@shared_task(name="humanaccess.sweep")
def sweep() -> int:
    """Expire requests without an answer and grants whose window is over, remove old codes; return how many."""
    with db.use_role("worker"):
        return expire_requests(timezone.now()) + expire_grants(timezone.now()) + remove_codes()
