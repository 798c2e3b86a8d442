"""Security events of Google: kept as they come, and acted on by the worker, each once."""

from datetime import datetime, timedelta
from uuid import UUID

from accounts.connections.events import SECURITY_EVENT_RECEIVED
from accounts.connections.labels import GrantEffect
from accounts.connections.models import (
    GoogleGrant,
    Provider,
    Revocation,
    SecurityEvent,
    SecurityEventKind,
    WipeReason,
)
from accounts.connections.schema_sql import EVENT_DAYS
from accounts.connections.security_events import VerifiedEvent
from accounts.identity.models import User
from accounts.identity.services import end_all_sessions
from audit.log.actors import machine
from audit.log.append import append
from audit.log.sweep_items import sweep_items
from core import db
from core.enqueue import enqueue

from .wipe import wipe_grant

BATCH = 500
#: Google's times have no fractions, and its clock is not ours
SLACK = timedelta(minutes=1)
_ACTOR = machine("google")
_KEEP = timedelta(days=EVENT_DAYS)
_By, _Outcome = SecurityEvent.IdentifiedBy, SecurityEvent.EventOutcome
_FIELDS = {_By.ACCOUNT: "account_id", _By.TOKEN: "token_hash", _By.PREFIX: "prefix_hash"}
_END_GRANT = {SecurityEventKind.TOKEN_REVOKED, SecurityEventKind.TOKENS_REVOKED, SecurityEventKind.ACCOUNT_DISABLED}
_END_SESSIONS = {
    SecurityEventKind.TOKENS_REVOKED,
    SecurityEventKind.SESSIONS_REVOKED,
    SecurityEventKind.ACCOUNT_DISABLED,
}


def receive_event(event: VerifiedEvent, *, now: datetime) -> None:
    """Keep an event that is not known yet, and wake the worker. Call it as the role ingest, which reads none."""
    row = SecurityEvent(received_at=now, **vars(event))
    with db.atomic():
        SecurityEvent.objects.bulk_create([row], ignore_conflicts=True)
        enqueue("connections.settle_event", str(row.pk))


def settle_event(event_id: UUID, *, now: datetime) -> bool:
    """Act on an event; False where it is settled already, or was known. Call it as the worker."""
    with db.atomic():
        unsettled = SecurityEvent.objects.filter(pk=event_id, settled_at=None)
        event = unsettled.select_for_update().first()
        if event is None:
            return False
        unsettled.update(outcome=_act(event, now), settled_at=now, identifier="")
    return True


def sweep_events(*, now: datetime) -> int:
    """Settle events whose message was lost, remove those whose number need not be known any more; return how many
    were settled."""
    SecurityEvent.objects.filter(received_at__lt=now - _KEEP).delete()
    due = SecurityEvent.objects.filter(settled_at=None).order_by("received_at")
    act = "connections.security_events"
    return sweep_items(act, due, lambda key, at: settle_event(key, now=at), now=now, batch=BATCH)


def _act(event: SecurityEvent, now: datetime) -> str:
    """End what an event says, of everybody whom it concerns, and log that; return the outcome."""
    kind = SecurityEventKind(event.kind)
    if kind not in _END_GRANT | _END_SESSIONS:
        if kind == SecurityEventKind.VERIFICATION:
            _log(event, None, GrantEffect.NONE, 0, now)
        return _Outcome.NOTED
    if now - event.issued_at > _KEEP:  # its number may have been known, and removed
        return _Outcome.STALE
    grants = _end_grants(event, now) if kind in _END_GRANT else {}
    sessions = _end_sessions(event, now) if kind in _END_SESSIONS else {}
    for subject in sorted({*grants, *sessions}):
        _log(event, subject, grants.get(subject, GrantEffect.NONE), sessions.get(subject, 0), now)
    if GrantEffect.ENDED in grants.values() or sessions:
        return _Outcome.ACTED
    return _Outcome.STALE if grants else _Outcome.NOBODY


def _end_grants(event: SecurityEvent, now: datetime) -> dict[str, GrantEffect]:
    """Wipe the grants that an event names; return what became of each, by subject.

    Of an account that granted anew in a later second than that of the event, the grant stays. A token that is named is
    the one that has ended, whenever that is told.
    """
    named = {_FIELDS[_By(event.identified_by)]: event.identifier}
    found = {}
    for grant in GoogleGrant.objects.select_for_update().filter(**named).order_by("pk").only("subject", "changed_at"):
        if event.identified_by == _By.ACCOUNT and grant.changed_at >= event.issued_at + timedelta(seconds=1):
            found[grant.subject] = GrantEffect.STALE
            continue
        asked_at = min(event.issued_at, now)
        wipe_grant(grant.subject, reason=WipeReason.GOOGLE, actor=_ACTOR, asked_at=asked_at, now=now)
        found[grant.subject] = GrantEffect.ENDED
    return found


def _end_sessions(event: SecurityEvent, now: datetime) -> dict[str, int]:
    """End the sessions of whoever signs in with an account of Google; return how many, by subject.

    What the office itself ended for a person, Google tells as well: that ends no session of theirs.
    """
    account = {"socialaccount__provider": "google", "socialaccount__uid": event.identifier}
    people = User.objects.filter(**account).order_by("pk").only("reference")
    return {
        person.reference: end_all_sessions(person, actor=_ACTOR, reason="told by Google", now=now)
        for person in people
        if not _is_echo(event, person.reference, now)
    }


def _is_echo(event: SecurityEvent, subject: str, now: datetime) -> bool:
    """Return whether an event tells of what the office ended: the last end was its own, and no grant came after it."""
    if event.kind != SecurityEventKind.TOKENS_REVOKED or GoogleGrant.objects.filter(subject=subject).exists():
        return False
    last = Revocation.objects.filter(subject=subject, provider=Provider.GOOGLE).order_by("-wiped_at").first()
    if last is None or last.reason == WipeReason.GOOGLE:
        return False
    return last.asked_at - SLACK <= event.issued_at <= (last.confirmed_at or now) + SLACK


def _log(event: SecurityEvent, subject: str | None, grant: GrantEffect, sessions: int, now: datetime) -> None:
    payload = {"event": str(event.pk), "kind": event.kind, "grant": grant.value, "sessions": sessions}
    append(SECURITY_EVENT_RECEIVED, actor=_ACTOR, subject=subject, now=now, payload=payload)
