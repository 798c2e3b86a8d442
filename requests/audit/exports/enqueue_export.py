"""Enqueue the worker's task for an export."""

from uuid import UUID

from core.enqueue import enqueue


def enqueue_export(export_id: UUID) -> None:
    """Enqueue the task after commit; a message that is lost is sent again by the sweep."""
    enqueue("audit.export", str(export_id))
