"""End sessions."""

from collections.abc import Sequence
from datetime import datetime

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session

from accounts.identity.actors import actor_of
from accounts.identity.events import SESSION_ENDED
from accounts.identity.models import User
from audit.log.actors import Actor
from audit.log.append import append
from core import db


def end_sessions(user: User, *, keys: Sequence[str], reason: str, now: datetime) -> int:
    """End those of the person's own sessions whose rows have these keys, and return how many there were."""
    with db.atomic():
        own = UserSession.objects.filter(user=user, session_key__in=keys)
        found = list(own.select_for_update().values_list("session_key", flat=True))
        Session.objects.filter(session_key__in=found).delete()
        own.filter(session_key__in=found).delete()
        if found:
            payload = {"count": len(found), "reason": reason}
            append(SESSION_ENDED, actor=actor_of(user), subject=user.reference, now=now, payload=payload)
    return len(found)


def end_all_sessions(user: User, *, actor: Actor, reason: str, now: datetime) -> int:
    """End every session of a person, and return how many there were. Call it as staff or as the worker."""
    with db.atomic():
        ended = int(db.select_value("SELECT identity_end_sessions(%s)", [user.pk]))
        if ended:
            payload = {"count": ended, "reason": reason}
            append(SESSION_ENDED, actor=actor, subject=user.reference, now=now, payload=payload)
    return ended
