"""What the worker does for rights requests; task arguments are ids and nothing else."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from audit import sides

from . import services


@shared_task(name="rights.ring_step")
def ring_step(step_id: str) -> None:
    """Run one step, unless another worker does or there is nothing to do."""
    with sides.acting("worker"):
        services.run_step(UUID(step_id), clock=timezone.now)


@shared_task(name="rights.sweep")
def sweep() -> None:
    """Ring again for what is due, and remove what has had its time."""
    with sides.acting("worker"):
        services.sweep_steps(now=timezone.now())
        services.expire_packages(now=timezone.now())
