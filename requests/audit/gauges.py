"""Figures of the log's health, for promises and metrics; each is one cheap query."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from . import ids, places, sides, stamps, witnesses
from .models import Checkpoint, Delivery, DeliveryState

#: a place is behind when the newest head has waited for it longer than this beyond its own pace
BEHIND_AFTER = timedelta(minutes=5)


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
    newest = Checkpoint.objects.order_by("-size").first()
    return max(0.0, (now - newest.signed_at).total_seconds()) if newest else None


@dataclass(frozen=True)
class Behind:
    """A place, witness or authority that lacks what it should have by now."""

    place: str
    #: the size of the newest checkpoint that it has; None before the first
    held: int | None
    #: the size of the one that waits
    waiting: int
    seconds: float
    #: why the last attempt failed; empty when none was made
    error: str


def places_behind(now: datetime) -> list[Behind]:
    """Return which configured places have waited more than five minutes beyond their pace, longest first.

    Places that the settings no longer name are left out.
    """
    pace = {place.name: place.every for place in places.configured()}
    pace |= {witness.name: witness.every for witness in witnesses.configured()}
    pace |= {authority.name: authority.every for authority in stamps.configured()}
    rows = Delivery.objects.filter(place__in=pace, state=DeliveryState.WAITING)
    late = []
    for row in rows:
        if now - row.queued_at > pace[row.place] + BEHIND_AFTER:
            newest = Delivery.objects.filter(place=row.place, state=DeliveryState.DELIVERED).order_by("-size").first()
            waited = (now - row.queued_at).total_seconds()
            late.append(Behind(row.place, newest.size if newest else None, row.size, waited, row.error))
    return sorted(late, key=lambda each: -each.seconds)
