"""Scheduled tasks of human access."""

from celery import shared_task
from django.utils import timezone

from core import db

from .legal.services import tell_due
from .services import expire_grants, expire_requests


@shared_task(name="humanaccess.sweep")
def sweep() -> int:
    """Expire unanswered requests and grants whose window is over, give delayed notices; return how many."""
    with db.use_role("worker"):
        return expire_requests(timezone.now()) + expire_grants(timezone.now()) + tell_due(timezone.now())
