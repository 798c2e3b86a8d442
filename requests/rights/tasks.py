"""Celery tasks of rights requests; their arguments are ids only."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from accounts.terms.services import sweep_and_measure
from core import db

from . import services


@shared_task(name="rights.ring_step")
def run_queued_step(step_id: str) -> None:
    """Run one step, unless another worker does or there is nothing to do."""
    with db.use_role("worker"):
        services.run_step(UUID(step_id), clock=timezone.now)


@shared_task(name="rights.retention")
def sweep_expired() -> None:
    """Remove what is past the rule of its data category, and log what is left."""
    with db.use_role("worker"):
        sweep_and_measure(now=timezone.now())


@shared_task(name="rights.sweep")
def sweep() -> None:
    """Enqueue steps that are due, and remove what has expired."""
    with db.use_role("worker"):
        services.sweep_steps(now=timezone.now())
        services.expire_packages(now=timezone.now())
