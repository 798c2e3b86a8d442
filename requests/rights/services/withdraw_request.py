"""Withdraw a request."""

from datetime import datetime

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from accounts.inbox.services import write_letter
from audit import sides
from audit.services import append
from rights import events
from rights.letters import WITHDRAWN
from rights.models import RightsRequest
from rights.policies import next_state
from rights.states import Act

from .locked import lock_request


def withdraw_request(user: User, reference: str, *, now: datetime) -> RightsRequest:
    """Close the user's own request unanswered, at their wish; steps that still run find it closed and stop.

    Raises RightsRequest.DoesNotExist for anybody else's, WrongStateError for one that is closed.
    """
    with sides.as_subject(user.reference):
        request = lock_request(reference)
        request.state = next_state(request, Act.WITHDRAW)
        request.closed_at = now
        request.save(update_fields=["state", "closed_at"])
        append(
            events.REQUEST_WITHDRAWN,
            actor=actor_of(user),
            subject=user.reference,
            now=now,
            payload={"case": request.reference},
        )
        write_letter(user, kind=WITHDRAWN.name, context={"request": request}, now=now, case=request.reference)
    return request
