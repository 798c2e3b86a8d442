"""Record that somebody tried what they may not do."""

from datetime import datetime

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from audit import sides
from audit.services import append
from rights import events
from rights.models import RightsRequest


def record_refusal(request: RightsRequest, *, actor: User, act: str, now: datetime) -> None:
    """Append the refusal in a transaction of its own: the one of the act has rolled back."""
    with sides.atomic():
        append(
            events.ACT_REFUSED,
            actor=actor_of(actor),
            subject=request.subject,
            now=now,
            payload={"case": request.reference, "act": act},
            outcome="refused",
        )
