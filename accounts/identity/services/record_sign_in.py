"""Record sign-ins and step-ups, and changes of the methods for them."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef

from accounts.identity import events
from accounts.identity.actors import actor_of
from accounts.identity.announcements import tell_staff
from accounts.identity.models import User
from accounts.identity.selectors import list_factors, list_postponed_rights
from accounts.identity.visitors import Visitor
from audit.log.actors import ANONYMOUS
from audit.log.append import append
from audit.log.event_types import EventType, Outcome
from core import db

from .user_tokens import end_user_tokens


def _record(
    event: EventType,
    user: User,
    now: datetime,
    payload: Mapping[str, Any] | None = None,
    personal: Mapping[str, str] | None = None,
    *,
    outcome: Outcome = "ok",
) -> None:
    with db.atomic(savepoint=False):
        append(
            event,
            actor=actor_of(user),
            subject=user.reference,
            now=now,
            payload=payload,
            personal=personal,
            outcome=outcome,
        )


def record_account_created(user: User, *, method: str, visitor: Visitor, now: datetime) -> None:
    """Record a new account; `method` is password, google, github or invitation."""
    _record(events.ACCOUNT_CREATED, user, now, {"method": method}, {"email": user.email, **asdict(visitor)})


def record_sign_in(
    user: User, *, session: str, method: str, second_factor: bool, visitor: Visitor, now: datetime
) -> None:
    """Record a session that begins, and list it for the person by the key of its row; expired ones leave the list."""
    unexpired = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=now)
    with db.atomic():
        UserSession.objects.filter(~Exists(unexpired), user=user).delete()
        seen = {"user": user, **asdict(visitor), "last_seen_at": now}
        UserSession.objects.update_or_create(
            session_key=session, defaults=seen, create_defaults={**seen, "created_at": now}
        )
        payload = {"method": method, "second_factor": second_factor}
        _record(events.SESSION_STARTED, user, now, payload, {"email": user.email, **asdict(visitor)})


def refuse_sign_in(user: User | None, *, method: str, reason: str, email: str, visitor: Visitor, now: datetime) -> None:
    """Record a refused sign-in, by nobody in particular. An unknown address leaves a digest that nobody can open."""
    with db.atomic():
        append(
            events.SESSION_REFUSED,
            actor=ANONYMOUS,
            subject=user.reference if user else None,
            now=now,
            payload={"method": method, "reason": reason},
            personal={"email": email, **asdict(visitor)},
            outcome="refused",
        )


def record_step_up(user: User, *, method: str, visitor: Visitor, now: datetime) -> None:
    """Record a passed step-up; `method` is authenticator, passkey, password or mail."""
    _record(events.STEPUP_PASSED, user, now, {"method": method}, asdict(visitor))


def refuse_step_up(user: User, *, method: str, reason: str, visitor: Visitor, now: datetime) -> None:
    """Record a refused step-up; `reason` is a fixed word, never what was typed."""
    payload = {"method": method, "reason": reason}
    _record(events.STEPUP_REFUSED, user, now, payload, asdict(visitor), outcome="refused")


def record_factor(user: User, *, kind: str, added: bool, now: datetime) -> None:
    """Record a second factor that was added or removed; `kind` is totp, webauthn or recovery_codes.

    With the last one, tokens end that have a scope of the staff.
    """
    with db.atomic():
        _record(events.FACTOR_ADDED if added else events.FACTOR_REMOVED, user, now, {"kind": kind})
        if not added and not list_factors(user):
            reason = "no second factor"
            end_user_tokens(user.reference, actor=actor_of(user), reason=reason, now=now, only_staff=True)


def record_provider(user: User, *, provider: str, connected: bool, now: datetime) -> None:
    """Record a sign-in provider that was connected or disconnected."""
    event = events.PROVIDER_CONNECTED if connected else events.PROVIDER_DISCONNECTED
    _record(event, user, now, {"provider": provider})


def record_password(user: User, *, how: str, now: datetime) -> None:
    """Record a new password; `how` is set, changed or reset."""
    _record(events.PASSWORD_CHANGED, user, now, {"how": how})


def record_email(user: User, *, old: str, new: str, now: datetime) -> None:
    """Record another e-mail address, and tell the staff which rights wait for it."""
    with db.atomic():
        _record(events.EMAIL_CHANGED, user, now, personal={"old": old, "new": new})
        tell_of_postponed_rights(user, now)


def tell_of_postponed_rights(user: User, now: datetime) -> None:
    """Tell the staff of rights that a trigger has postponed: the old address may have shared a mailbox."""
    for right in list_postponed_rights(user):
        assert right.effective_at is not None  # noqa: S101  the selector asks for a later time
        tell_staff("address_changed", about=user, role=right.role, effective_at=right.effective_at, now=now)
