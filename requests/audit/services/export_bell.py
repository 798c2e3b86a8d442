"""The doorbell of exports: tell the broker an id once the row is committed."""

from datetime import timedelta
from uuid import UUID

from audit.enqueue import enqueue

#: how long after a bell the sweeper waits before it rings again
BELL_LASTS = timedelta(seconds=60)


def ring_export(export_id: UUID) -> None:
    """Ring after commit. A bell that nobody hears is rung again by the sweeper."""
    enqueue("audit.export", str(export_id))
