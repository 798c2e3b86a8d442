"""Withdraw an approval request that nobody has answered."""

from datetime import datetime

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from humanaccess import events
from humanaccess.models import ApprovalRequest
from humanaccess.policies import may_cancel
from humanaccess.states import ApprovalState

from .progress import append_about, locked_request, move_request


def cancel_request(approval_request: ApprovalRequest, *, actor: User, now: datetime) -> ApprovalRequest:
    """Withdraw one's own request; raises AccessClosedError once it is answered or over."""
    with locked_request("cancel", approval_request, actor=actor, now=now) as locked:
        may_cancel(actor, locked, now)
        move_request(locked, ApprovalState.CANCELLED, now)
        append_about(locked, events.ASK_CANCELLED, actor=actor_of(actor), now=now, why="asker")
    return locked
