"""Log what happens to a request."""

from datetime import datetime
from typing import Any
from uuid import UUID

from audit.log.actors import Actor, machine
from audit.log.append import append
from audit.log.event_types import EventType, Outcome

from .models import RightsRequest

WORKER = machine("worker")


def log_request(
    event: EventType,
    request: RightsRequest,
    *,
    now: datetime,
    actor: Actor = WORKER,
    personal: dict[str, Any] | None = None,
    outcome: Outcome = "ok",
    **payload: Any,
) -> UUID:
    """Append an entry about a request and its subject; call it in the transaction of the change."""
    payload["case"] = request.reference
    return append(
        event, actor=actor, subject=request.subject, now=now, payload=payload, personal=personal, outcome=outcome
    )
