"""What the log owes to the promise of data security (P15): the tree is verified, and nothing waits long for it."""

from datetime import datetime, timedelta

from . import sides
from .events import LOG_DIFFERED, LOG_VERIFIED
from .gauges import oldest_pending_seconds
from .models import Delivery, Entry
from .promised import Figure, Finding, Promise, State, kept_if, register

#: the tree is read again each day; a day may be late
_VERIFIED_WITHIN = timedelta(hours=48)
_PENDING_SECONDS = 60.0


def _tree_verified(now: datetime) -> Finding:
    with sides.acting("auditor"):
        found = Entry.objects.filter(event__in=[LOG_VERIFIED.name, LOG_DIFFERED.name]).order_by("-id")[:1]
        last = next(iter(found), None)
        contradicted = Delivery.objects.exclude(contradiction="").exists()
    if contradicted:
        return Finding(
            State.BROKEN, {}, "A witness, or what was published, contradicts the log: audit_places says who."
        )
    if last is None:
        return Finding(
            State.UNKNOWN, {"verified_at": None}, "Nobody has read the log again yet: audit_verify --record."
        )
    figures: dict[str, Figure] = {
        "verified_at": last.time.isoformat(timespec="seconds"),
        "hours_ago": _hours(now - last.time),
    }
    if last.event == LOG_DIFFERED.name:
        return Finding(State.BROKEN, figures, "The log was read again and did not agree.")
    return kept_if(now - last.time <= _VERIFIED_WITHIN, figures, "The log was not read again for two days.")


def _pending_short(now: datetime) -> Finding:
    with sides.acting("auditor"):
        age = oldest_pending_seconds(now)
    return kept_if(
        age < _PENDING_SECONDS, {"oldest_pending_seconds": round(age, 1)}, "Entries wait for the tree too long."
    )


def _hours(span: timedelta) -> float:
    return round(span.total_seconds() / 3600, 1)


register(Promise("P15", "The log is read again from end to end each day, and agrees", _tree_verified))
register(Promise("P15", "No entry waits a minute for its place in the tree", _pending_short))
