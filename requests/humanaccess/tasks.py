"""Scheduled tasks of human access."""

from celery import shared_task
from django.utils import timezone

from core import db

from .legal.services import tell_due
from .promises import record_reads_measured
from .services import draw_samples, end_grants_without_factor, expire_grants, expire_requests, remove_codes


@shared_task(name="humanaccess.sweep")
def sweep() -> int:
    """End and expire what is due, draw what is reviewed, give notices, remove codes that are over; return how many."""
    with db.use_role("worker"):
        now = timezone.now()
        ended = expire_requests(now) + expire_grants(now) + end_grants_without_factor(now)
        return ended + draw_samples(now) + tell_due(now) + remove_codes()


@shared_task(name="humanaccess.measure_reads")
def measure_reads() -> str:
    """Work out P12 anew, and have it in the log when it breaks and when it holds again."""
    with db.use_role("worker"):
        return record_reads_measured(timezone.now())
