"""Scheduled tasks of human access."""

from celery import shared_task
from django.utils import timezone

from core import db

from .legal.services import tell_due
from .promises import record_reads_measured
from .services import end_grants_without_factor, expire_grants, expire_requests


@shared_task(name="humanaccess.sweep")
def sweep() -> int:
    """Expire requests, end grants that are over or whose reader has no second factor, give notices; return how many."""
    with db.use_role("worker"):
        now = timezone.now()
        return expire_requests(now) + expire_grants(now) + end_grants_without_factor(now) + tell_due(now)


@shared_task(name="humanaccess.measure_reads")
def measure_reads() -> str:
    """Work out P12 anew, and have it in the log when it breaks and when it holds again."""
    with db.use_role("worker"):
        return record_reads_measured(timezone.now())
