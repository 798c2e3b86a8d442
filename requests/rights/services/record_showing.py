"""Record that a member of staff opened a request, before it is shown."""

from datetime import datetime
from uuid import UUID

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from audit import sides
from audit.services import append
from rights import events
from rights.models import RightsRequest


def record_showing(request: RightsRequest, *, actor: User, now: datetime) -> UUID:
    """Commit the line and return its id, under which the request's notes open."""
    with sides.atomic(durable=True):
        return append(
            events.REQUEST_SHOWN,
            actor=actor_of(actor),
            subject=request.subject,
            now=now,
            payload={"case": request.reference},
        )
