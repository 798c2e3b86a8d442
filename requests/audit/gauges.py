"""Figures of the log's health, for promises and metrics; each is one cheap query."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from . import ids, places, sides, stamps, witnesses
from .events import LOG_DIFFERED, LOG_VERIFIED
from .models import Checkpoint, Delivery, DeliveryState, Entry

#: a place is behind when the newest head has waited for it longer than this beyond its own pace
BEHIND_AFTER = timedelta(minutes=5)


def oldest_pending_seconds(now: datetime) -> float:
    """Return the age in seconds of the oldest entry outside the tree, 0.0 when there is none.

    An entry's id holds its instant, so the queue alone is read: some 80 ms at a million waiting entries. An id that
    holds none is nobody's entry: it counts as old as can be. Needs the sequencer's or the auditor's side.
    """
    with sides.connection().cursor() as cursor:
        cursor.execute("SELECT entry FROM audit_pending ORDER BY entry LIMIT 1")
        oldest = cursor.fetchone()
    if oldest is None:
        return 0.0
    try:
        return max(0.0, (now - ids.instant(oldest[0])).total_seconds())
    except (ValueError, OverflowError):
        return now.timestamp()


def last_checkpoint_seconds(now: datetime) -> float | None:
    """Return how long ago the newest checkpoint was signed, in seconds; None before the first."""
    newest = Checkpoint.objects.order_by("-size").first()
    return max(0.0, (now - newest.signed_at).total_seconds()) if newest else None


@dataclass(frozen=True)
class PlaceState:
    """What a place, witness or authority has, and what is on its way there."""

    place: str
    #: the size of the newest checkpoint that it has; None before the first
    held: int | None
    #: the size of the one that waits; 0 when none does
    waiting: int
    #: for how long something has waited
    seconds: float
    #: why the last attempt failed; empty when none was made since the last success
    error: str
    #: whether it lacks what it should have by now
    behind: bool
    #: in what way it contradicts the log, in words; empty when it does not
    contradiction: str = ""


def list_places(now: datetime) -> list[PlaceState]:
    """Return the state of every place that the settings name, the longest waiting first."""
    pace = {place.name: place.every for place in places.configured()}
    pace |= {witness.name: witness.every for witness in witnesses.configured()}
    pace |= {authority.name: authority.every for authority in stamps.configured()}
    # A place that contradicts the log does not fall silent by being taken out of the settings.
    others = Delivery.objects.exclude(contradiction="").exclude(place__in=pace).values_list("place", flat=True)
    pace |= dict.fromkeys(others, timedelta(0))
    return sorted((_state(name, every, now) for name, every in pace.items()), key=lambda each: -each.seconds)


def places_behind(now: datetime) -> list[PlaceState]:
    """Return the places for which a checkpoint has waited more than five minutes beyond their pace."""
    return [each for each in list_places(now) if each.behind]


def _state(name: str, every: timedelta, now: datetime) -> PlaceState:
    rows = Delivery.objects.filter(place=name)
    newest = rows.filter(state=DeliveryState.DELIVERED).order_by("-size").first()
    held = newest.size if newest else None
    waiting = rows.filter(state=DeliveryState.WAITING).first()
    if waiting is None:
        return PlaceState(name, held, 0, 0.0, "", behind=False)
    waited = now - waiting.queued_at
    late = waited > every + BEHIND_AFTER
    return PlaceState(
        name,
        held,
        waiting.size,
        max(0.0, waited.total_seconds()),
        waiting.error,
        behind=late,
        contradiction=str(waiting.get_contradiction_display()),
    )


def log_faults() -> list[str]:
    """Return what is known to be wrong with the log, as sentences: what outside contradicts, and the last reading.

    On a side that may read deliveries and entries.
    """
    found = [
        _("%(place)s contradicts the log: %(how)s.") % {"place": row.place, "how": row.get_contradiction_display()}
        for row in Delivery.objects.exclude(contradiction="").order_by("place")
    ]
    read = Entry.objects.filter(event__in=[LOG_VERIFIED.name, LOG_DIFFERED.name]).order_by("-id")
    if read.values_list("event", flat=True).first() == LOG_DIFFERED.name:
        found.append(_("The log was read again and does not agree with itself."))
    return found
