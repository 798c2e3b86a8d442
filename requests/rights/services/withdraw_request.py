"""Withdraw a request."""

from datetime import datetime

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from core import db
from rights import events, letters
from rights.log_request import log_request
from rights.models import RightsRequest
from rights.policies import next_state
from rights.selectors import get_request_for_update
from rights.states import AllowedAct


def withdraw_request(user: User, reference: str, *, now: datetime) -> RightsRequest:
    """Close the user's own request unanswered; steps that still run find it closed and stop.

    Raises RightsRequest.DoesNotExist for anybody else's, WrongStateError for one that is closed.
    """
    with db.row_security_for(user.reference):
        request = get_request_for_update(reference)
        request.state = next_state(request, AllowedAct.WITHDRAW)
        request.closed_at = now
        request.save(update_fields=["state", "closed_at"])
        log_request(events.REQUEST_WITHDRAWN, request, actor=actor_of(user), now=now)
        letters.write(letters.WITHDRAWN, request, now=now)
    return request
