"""Log what happens to an export."""

from datetime import datetime
from typing import Any

from audit.log.actors import Actor, machine
from audit.log.append import append
from audit.log.event_types import EventType, Outcome

from .models import Export

WORKER = machine("worker")


def log_export(
    event: EventType,
    export: Export,
    *,
    now: datetime,
    actor: Actor = WORKER,
    subject: str | None = None,
    outcome: Outcome = "ok",
    **payload: Any,
) -> None:
    """Append an entry about an export; call it in the transaction of the change."""
    payload["export"] = str(export.pk)
    append(event, actor=actor, subject=subject, now=now, payload=payload, outcome=outcome)
