"""Figures of the log's health, for promises and metrics; each is one cheap query."""

from datetime import datetime

from . import ids, sides


def oldest_pending_seconds(now: datetime) -> float:
    """Return the age in seconds of the oldest entry outside the tree, 0.0 when there is none.

    An entry's id holds its instant, so the queue alone is read: some 80 ms at a million waiting entries.
    Needs the sequencer's or the auditor's side.
    """
    with sides.connection().cursor() as cursor:
        cursor.execute("SELECT entry FROM audit_pending ORDER BY entry LIMIT 1")
        oldest = cursor.fetchone()
    return max(0.0, (now - ids.instant(oldest[0])).total_seconds()) if oldest else 0.0


def last_checkpoint_seconds(now: datetime) -> float | None:
    """Return how long ago the newest checkpoint was signed, in seconds; None before the first."""
    with sides.connection().cursor() as cursor:
        cursor.execute("SELECT signed_at FROM audit_checkpoint ORDER BY size DESC LIMIT 1")
        newest = cursor.fetchone()
    return max(0.0, (now - newest[0]).total_seconds()) if newest else None
