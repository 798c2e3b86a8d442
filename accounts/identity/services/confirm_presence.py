"""Record that somebody did, or did not, prove again that they are the owner of the account."""

from datetime import datetime

from accounts.identity.actors import actor_of
from accounts.identity.events import STEPUP_PASSED, STEPUP_REFUSED
from accounts.identity.models import User
from accounts.identity.visitors import Visitor
from audit import sides
from audit.services import append


def pass_step_up(user: User, *, method: str, visitor: Visitor, now: datetime) -> None:
    """Record a passed step-up; `method` is authenticator, passkey, password or mail."""
    with sides.atomic():
        append(
            STEPUP_PASSED,
            actor=actor_of(user),
            subject=user.reference,
            now=now,
            payload={"method": method},
            personal={"ip": visitor.ip, "user_agent": visitor.user_agent},
        )


def refuse_step_up(user: User, *, method: str, reason: str, visitor: Visitor, now: datetime) -> None:
    """Record a refused step-up; `reason` is a fixed word, never what was typed."""
    with sides.atomic():
        append(
            STEPUP_REFUSED,
            actor=actor_of(user),
            subject=user.reference,
            now=now,
            payload={"method": method, "reason": reason},
            personal={"ip": visitor.ip, "user_agent": visitor.user_agent},
            outcome="refused",
        )
