"""The doorbell: tell the broker a step's id once the row is committed."""

from uuid import UUID

from celery import current_app

from audit import sides


def ring(step_id: UUID) -> None:
    """Ring for a step after commit. A bell that nobody hears is rung again by the sweeper."""
    sides.on_commit(lambda: current_app.signature("rights.ring_step", args=[str(step_id)]).delay())
