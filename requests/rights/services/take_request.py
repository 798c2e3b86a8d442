"""Take a request from the queue."""

from datetime import datetime

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from core import db
from rights import events
from rights.log_request import log_request
from rights.models import RightsRequest
from rights.policies import check_officer, next_state
from rights.selectors import get_request_for_update
from rights.states import AllowedAct


def take_request(reference: str, *, actor: User, now: datetime) -> RightsRequest:
    """Make `actor` the officer who holds the request; a colleague's request is taken over.

    Raises NotAllowedError, WrongStateError.
    """
    with db.atomic():
        request = get_request_for_update(reference)
        check_officer(AllowedAct.TAKE, request, officer=actor)
        request.state = next_state(request, AllowedAct.TAKE)
        if request.assignee_id == actor.pk:
            return request
        request.assignee = actor
        request.save(update_fields=["state", "assignee"])
        log_request(events.REQUEST_TAKEN, request, actor=actor_of(actor), now=now)
    return request
