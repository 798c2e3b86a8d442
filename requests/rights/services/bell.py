"""The doorbell: tell the broker a step's id once the row is committed."""

from uuid import UUID

from audit.enqueue import enqueue


def ring(step_id: UUID) -> None:
    """Ring for a step after commit. A bell that nobody hears is rung again by the sweeper."""
    enqueue("rights.ring_step", str(step_id))
