"""Celery tasks of the workloads; their arguments are ids only."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from core import db

from . import services


@shared_task(name="workloads.settle_order")
def settle_order(order_id: str) -> None:
    """Act on the platform's answer to one order."""
    with db.use_role("worker"):
        services.settle_order(UUID(order_id), now=timezone.now())


@shared_task(name="workloads.erase_app")
def erase_app(app: str) -> None:
    """Erase what is held of one app that has ended."""
    with db.use_role("worker"):
        services.erase_app(UUID(app), now=timezone.now())


@shared_task(name="workloads.sweep_ended_apps")
def sweep_ended_apps() -> None:
    """Erase what is left of apps that have ended."""
    with db.use_role("worker"):
        services.sweep_ended_apps(now=timezone.now())


@shared_task(name="workloads.sweep")
def sweep() -> None:
    """Act on the answers whose message was lost."""
    with db.use_role("worker"):
        services.sweep_orders(now=timezone.now())
