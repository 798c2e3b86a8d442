"""What the scheduler rings for: ends that the clock brings."""

from celery import shared_task
from django.utils import timezone

from audit import sides

from .services import expire_asks, expire_grants


@shared_task(name="humanaccess.sweep")
def sweep() -> int:
    """End asks without an answer and grants whose window is over; return how many."""
    with sides.acting("worker"):
        return expire_asks(timezone.now()) + expire_grants(timezone.now())
