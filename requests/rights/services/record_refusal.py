"""Record that somebody tried what they may not do."""

from datetime import datetime

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from core import db
from rights import events
from rights.log_request import log_request
from rights.models import RightsRequest


def record_refusal(request: RightsRequest, *, actor: User, act: str, now: datetime) -> None:
    """Log the refusal in a transaction of its own: that of the act was rolled back."""
    with db.atomic():
        log_request(events.ACT_REFUSED, request, actor=actor_of(actor), now=now, outcome="refused", act=act)
