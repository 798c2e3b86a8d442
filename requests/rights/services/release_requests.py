"""Give requests back to the queue."""

from datetime import datetime

from audit import sides
from audit.actors import Actor
from audit.services import append
from rights import events
from rights.models import RightsRequest
from rights.states import OPEN


def release_requests(officer: str, *, actor: Actor, now: datetime) -> int:
    """Take every open request from the officer with this reference, who can no longer work on it."""
    with sides.atomic():
        held = RightsRequest.objects.select_for_update(of=("self",)).filter(
            assignee__reference=officer, state__in=sorted(OPEN)
        )
        rows = list(held)
        for request in rows:
            request.assignee = None
            request.save(update_fields=["assignee"])
            append(
                events.REQUEST_RELEASED,
                actor=actor,
                subject=request.subject,
                now=now,
                payload={"case": request.reference},
            )
    return len(rows)
