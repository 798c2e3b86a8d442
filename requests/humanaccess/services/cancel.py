"""Withdraw an ask that nobody has answered."""

from datetime import datetime

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from audit import sides
from audit.services import append
from humanaccess import events
from humanaccess.models import Ask
from humanaccess.policies import may_cancel
from humanaccess.states import AskState

from .moving import lock_ask, move_ask
from .refusals import logged_refusals


def cancel_ask(ask: Ask, *, actor: User, now: datetime) -> Ask:
    """Withdraw one's own ask; raises WrongStateError once it is answered or over."""
    acting = actor_of(actor)
    with logged_refusals("cancel", actor=acting, subject=ask.subject, case=ask.reference, now=now), sides.atomic():
        locked = lock_ask(ask.pk)
        may_cancel(actor, locked, now)
        move_ask(locked, AskState.CANCELLED, now)
        append(
            events.ASK_CANCELLED,
            actor=acting,
            subject=locked.subject,
            now=now,
            payload={"case": locked.reference, "why": "asker"},
        )
    return locked
