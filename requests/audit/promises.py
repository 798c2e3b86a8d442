"""Checks of the promise of data security (P15): the log is verified daily, and entries reach the tree quickly."""

from datetime import datetime, timedelta

from core import db
from core.promises import CheckResult, Figure, PromiseState, declare_promise, kept_if

from .log.events import LOG_DIFFERED, LOG_VERIFIED
from .log.models import Entry
from .publishing.metrics import oldest_pending_seconds
from .publishing.models import Delivery

#: the log is verified daily, a day late at most
_VERIFIED_WITHIN = timedelta(hours=48)
_PENDING_SECONDS = 60.0


def _tree_verified(now: datetime) -> CheckResult:
    with db.use_role("auditor"):
        found = Entry.objects.filter(event__in=[LOG_VERIFIED.name, LOG_DIFFERED.name]).order_by("-id")[:1]
        last = next(iter(found), None)
        contradicted = Delivery.objects.exclude(contradiction="").exists()
    if contradicted:
        return CheckResult(
            PromiseState.BROKEN, {}, "A witness, or what was published, contradicts the log: audit_places says who."
        )
    if last is None:
        return CheckResult(
            PromiseState.UNKNOWN, {"verified_at": None}, "Nobody has read the log again yet: audit_verify --record."
        )
    figures: dict[str, Figure] = {
        "verified_at": last.time.isoformat(timespec="seconds"),
        "hours_ago": _hours(now - last.time),
    }
    if last.event == LOG_DIFFERED.name:
        return CheckResult(PromiseState.BROKEN, figures, "The log was read again and did not agree.")
    return kept_if(now - last.time <= _VERIFIED_WITHIN, figures, "The log was not read again for two days.")


def _pending_short(now: datetime) -> CheckResult:
    with db.use_role("auditor"):
        age = oldest_pending_seconds(now)
    return kept_if(
        age < _PENDING_SECONDS, {"oldest_pending_seconds": round(age, 1)}, "Entries wait for the tree too long."
    )


def _hours(span: timedelta) -> float:
    return round(span.total_seconds() / 3600, 1)


declare_promise("P15", "The log is read again from end to end each day, and agrees", _tree_verified)
declare_promise("P15", "No entry waits a minute for its place in the tree", _pending_short)
