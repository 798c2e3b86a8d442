"""Metrics of the log's health; each is one cheap query."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from audit.log import uuid7
from audit.log.events import LOG_DIFFERED, LOG_VERIFIED
from audit.log.models import Entry
from audit.tree.models import StoredCheckpoint
from core import db

from .deliveries import targets
from .models import Delivery, DeliveryState
from .published import delivered_size

#: a target is behind when a checkpoint has waited for longer than this beyond its own interval
BEHIND_AFTER = timedelta(minutes=5)


def oldest_pending_seconds(now: datetime) -> float:
    """Return the age in seconds of the oldest entry outside the tree, 0.0 when there is none.

    An entry's id holds its time, so only the queue is read: some 80 ms at a million waiting entries. A forged id
    without a time counts as infinitely old. Needs the database role `sequencer` or `auditor`.
    """
    oldest = db.select_rows("SELECT entry FROM audit_pending ORDER BY entry LIMIT 1")
    if not oldest:
        return 0.0
    try:
        return max(0.0, (now - uuid7.instant(oldest[0][0])).total_seconds())
    except (ValueError, OverflowError):
        return now.timestamp()


def last_checkpoint_seconds(now: datetime) -> float | None:
    """Return how long ago the newest checkpoint was signed, in seconds; None before the first."""
    newest = StoredCheckpoint.objects.order_by("-size").first()
    return max(0.0, (now - newest.signed_at).total_seconds()) if newest else None


@dataclass(frozen=True)
class DestinationState:
    """What a destination, witness or authority has, and what waits for it."""

    name: str
    #: the size of the newest checkpoint that it has; None before the first
    delivered: int | None
    #: the size of the checkpoint that waits; 0 when none does
    waiting: int
    #: for how long it has waited, in seconds
    seconds: float
    #: why the last attempt failed; empty when none was made since the last success
    error: str
    #: whether it lacks what it should have by now
    behind: bool
    #: in what way it contradicts the log, for people; empty when it does not
    contradiction: str = ""


def list_destinations(now: datetime) -> list[DestinationState]:
    """Return the state of every target that the settings name, the longest waiting first."""
    intervals = {target.name: target.every for target in targets()}
    # A target that contradicts the log stays listed when it is taken out of the settings.
    others = Delivery.objects.exclude(contradiction="").exclude(place__in=intervals).values_list("place", flat=True)
    intervals |= dict.fromkeys(others, timedelta(0))
    return sorted((_state(name, every, now) for name, every in intervals.items()), key=lambda each: -each.seconds)


def _state(name: str, every: timedelta, now: datetime) -> DestinationState:
    delivered = delivered_size(name)
    waiting = Delivery.objects.filter(place=name, state=DeliveryState.WAITING).first()
    if waiting is None:
        return DestinationState(name, delivered, 0, 0.0, "", behind=False)
    waited = now - waiting.queued_at
    return DestinationState(
        name,
        delivered,
        waiting.size,
        max(0.0, waited.total_seconds()),
        waiting.error,
        behind=waited > every + BEHIND_AFTER,
        contradiction=str(waiting.get_contradiction_display()),
    )


def log_faults() -> list[str]:
    """Return what is known to be wrong with the log, as sentences: contradictions from outside, a failed verification.

    Needs a database role that may read deliveries and entries.
    """
    found = [
        _("%(place)s contradicts the log: %(how)s.") % {"place": row.place, "how": row.get_contradiction_display()}
        for row in Delivery.objects.exclude(contradiction="").order_by("place")
    ]
    read = Entry.objects.filter(event__in=[LOG_VERIFIED.name, LOG_DIFFERED.name]).order_by("-id")
    if read.values_list("event", flat=True).first() == LOG_DIFFERED.name:
        found.append(_("The log was read again and does not agree with itself."))
    return found
