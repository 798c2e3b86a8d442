"""Return requests to the queue."""

from datetime import datetime

from audit.log.actors import Actor
from core import db
from rights import events
from rights.log_request import log_request
from rights.models import RightsRequest
from rights.states import OPEN


def release_requests(officer: str, *, actor: Actor, now: datetime) -> int:
    """Take every open request from the officer with this reference, who can no longer work on it."""
    with db.atomic():
        held = RightsRequest.objects.select_for_update(of=("self",)).filter(
            assignee__reference=officer, state__in=sorted(OPEN)
        )
        rows = list(held)
        for request in rows:
            request.assignee = None
            request.save(update_fields=["assignee"])
            log_request(events.REQUEST_RELEASED, request, actor=actor, now=now)
    return len(rows)
