"""Scheduled tasks of human access."""

from celery import shared_task
from django.utils import timezone

from core import db

from .services import draw_samples, expire_grants, expire_requests


@shared_task(name="humanaccess.sweep")
def sweep() -> int:
    """Expire requests without an answer and grants whose window is over, and draw what is reviewed; return how many."""
    with db.use_role("worker"):
        ended = expire_requests(timezone.now()) + expire_grants(timezone.now())
        return ended + draw_samples(timezone.now())
