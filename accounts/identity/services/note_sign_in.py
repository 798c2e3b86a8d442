"""Record what happens at the doors of an account."""

from datetime import datetime

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef

from accounts.identity.actors import actor_of
from accounts.identity.events import (
    ACCOUNT_CREATED,
    EMAIL_CHANGED,
    FACTOR_ADDED,
    FACTOR_REMOVED,
    PASSWORD_CHANGED,
    PROVIDER_CONNECTED,
    PROVIDER_DISCONNECTED,
    SESSION_REFUSED,
    SESSION_STARTED,
)
from accounts.identity.models import User
from accounts.identity.visitors import Visitor
from audit import sides
from audit.actors import ANONYMOUS
from audit.registry import EventType
from audit.services import append


def note_account_created(user: User, *, method: str, visitor: Visitor, now: datetime) -> None:
    """Record a new account; `method` is password, google, github or invitation."""
    with sides.atomic():
        append(
            ACCOUNT_CREATED,
            actor=actor_of(user),
            subject=user.reference,
            now=now,
            payload={"method": method},
            personal={"email": user.email, "ip": visitor.ip, "user_agent": visitor.user_agent},
        )


def note_sign_in(
    user: User, *, session: str, method: str, second_factor: bool, visitor: Visitor, now: datetime
) -> None:
    """Record a session that begins, by the key of its row, on the person's list; those that ran out leave it."""
    living = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=now)
    with sides.atomic():
        UserSession.objects.filter(~Exists(living), user=user).delete()
        seen = {"user": user, "ip": visitor.ip, "user_agent": visitor.user_agent, "last_seen_at": now}
        UserSession.objects.update_or_create(
            session_key=session, defaults=seen, create_defaults={**seen, "created_at": now}
        )
        append(
            SESSION_STARTED,
            actor=actor_of(user),
            subject=user.reference,
            now=now,
            payload={"method": method, "second_factor": second_factor},
            personal={"email": user.email, "ip": visitor.ip, "user_agent": visitor.user_agent},
        )


def refuse_sign_in(user: User | None, *, method: str, reason: str, email: str, visitor: Visitor, now: datetime) -> None:
    """Record a refused sign-in. Of an unknown address only a digest stays, which nobody can open."""
    with sides.atomic():
        append(
            SESSION_REFUSED,
            actor=ANONYMOUS,
            subject=user.reference if user else None,
            now=now,
            payload={"method": method, "reason": reason},
            personal={"email": email, "ip": visitor.ip, "user_agent": visitor.user_agent},
            outcome="refused",
        )


def _note(event: EventType, user: User, now: datetime, **payload: str) -> None:
    with sides.atomic():
        append(event, actor=actor_of(user), subject=user.reference, now=now, payload=payload)


def note_factor(user: User, *, kind: str, added: bool, now: datetime) -> None:
    """Record a second factor that came or went; `kind` is totp, webauthn or recovery_codes."""
    _note(FACTOR_ADDED if added else FACTOR_REMOVED, user, now, kind=kind)


def note_provider(user: User, *, provider: str, connected: bool, now: datetime) -> None:
    """Record a sign-in provider that was connected or disconnected."""
    _note(PROVIDER_CONNECTED if connected else PROVIDER_DISCONNECTED, user, now, provider=provider)


def note_password(user: User, *, how: str, now: datetime) -> None:
    """Record a new password; `how` is set, changed or reset."""
    _note(PASSWORD_CHANGED, user, now, how=how)


def note_email(user: User, *, old: str, new: str, now: datetime) -> None:
    """Record another e-mail address."""
    with sides.atomic():
        append(EMAIL_CHANGED, actor=actor_of(user), subject=user.reference, now=now, personal={"old": old, "new": new})
