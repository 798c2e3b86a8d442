"""Log what happens to a case."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from audit.log.actors import Actor, machine
from audit.log.append import append
from audit.log.event_types import EventType, Outcome

from .models import Case

WORKER = machine("worker")


def log_case(
    event: EventType,
    case: Case,
    *,
    now: datetime,
    actor: Actor = WORKER,
    personal: Mapping[str, Any] | None = None,
    outcome: Outcome = "ok",
    **payload: Any,
) -> UUID:
    """Append an entry about a case and its subject; call it in the transaction of the change."""
    payload["case"] = case.reference
    return append(
        event, actor=actor, subject=case.subject, now=now, payload=payload, personal=personal, outcome=outcome
    )
