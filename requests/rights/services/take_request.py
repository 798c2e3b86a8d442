"""Take a request from the queue."""

from datetime import datetime

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from audit import sides
from audit.services import append
from rights import events
from rights.models import RightsRequest
from rights.policies import check_officer, next_state
from rights.states import Act

from .locked import lock_request


def take_request(reference: str, *, actor: User, now: datetime) -> RightsRequest:
    """Make `actor` the officer who holds the request; a colleague's request is taken over.

    Raises NotAllowedError, WrongStateError.
    """
    with sides.atomic():
        request = lock_request(reference)
        check_officer(Act.TAKE, request, officer=actor)
        request.state = next_state(request, Act.TAKE)
        if request.assignee_id == actor.pk:
            return request
        request.assignee = actor
        request.save(update_fields=["state", "assignee"])
        append(
            events.REQUEST_TAKEN,
            actor=actor_of(actor),
            subject=request.subject,
            now=now,
            payload={"case": request.reference},
        )
    return request
