"""Record that a member of staff opened a request, before it is shown."""

from datetime import datetime
from uuid import UUID

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from core import db
from rights import events
from rights.log_request import log_request
from rights.models import RightsRequest


def record_showing(request: RightsRequest, *, actor: User, now: datetime) -> UUID:
    """Commit the entry and return its id, which authorises decrypting the request's notes."""
    with db.atomic(durable=True):
        return log_request(events.REQUEST_SHOWN, request, actor=actor_of(actor), now=now)
