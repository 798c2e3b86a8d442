"""What the connections announce to the apps above them."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from audit.log.actors import Actor
from core.registry import Listeners

from .models import WipeReason


class GrantWiped(Protocol):
    """Called in the transaction in which access to Google data ends, altogether or for an automation, of a person's own
    pages or of the worker."""

    def __call__(self, subject: str, *, ended: UUID | None, reason: WipeReason, actor: Actor, now: datetime) -> None:
        """End what rests on the access of the person with this reference; raising undoes the end.

        `ended` is the number of the grant that has ended; None where the access ended for one automation alone.
        """


grant_wiped = Listeners[GrantWiped]()
