"""Close an account that is being deleted."""

from datetime import datetime

from accounts.identity.actors import actor_of
from accounts.identity.announcements import tell_account_closing
from accounts.identity.events import ACCOUNT_CLOSED
from accounts.identity.models import User
from audit.log.append import append
from core import db

from .user_tokens import end_user_tokens


def close_account(user: User, *, actor: User, now: datetime) -> None:
    """End the sessions and tokens of an account and let nobody sign in with it; apps above end what rests on it.

    Call it in the transaction in which the deletion begins.
    """
    with db.atomic():
        User.objects.filter(pk=user.pk).update(is_active=False)
        ended = int(db.select_value("SELECT identity_end_sessions(%s)", [user.pk]))
        by = actor_of(actor)
        append(ACCOUNT_CLOSED, actor=by, subject=user.reference, now=now, payload={"sessions_ended": ended})
        end_user_tokens(user.reference, actor=by, reason="account closed", now=now)
        tell_account_closing(user.reference, actor=by, now=now)
