"""Register who may refuse an erasure, and who takes part in one."""

from datetime import datetime
from typing import Protocol

from audit.log.actors import Actor
from audit.log.labels import ErasureGround
from core.registry import Listeners


class ErasureParticipant(Protocol):
    """Stores the link between a subject's reference and a person, or other data that must go with the key."""

    def knows(self, reference: str) -> bool:
        """Return whether somebody has this reference here."""

    def refuse(self, reference: str, *, ground: ErasureGround, now: datetime) -> None:
        """Raise ErasureRefusedError where this person may not be erased on this ground; called first."""

    def forget(self, reference: str, *, actor: Actor, now: datetime) -> None:
        """Delete what leads from the reference to the person, in the transaction of the log entry; may be repeated."""


class ErasedListener(Protocol):
    """Removes copies of a person's data that their key does not protect."""

    def __call__(self, reference: str, *, now: datetime) -> None:
        """Remove the copies; called outside of a transaction, after key and disclosures are gone; may be repeated."""


_participants = Listeners[ErasureParticipant]()
register_erasure_participant = _participants.register
erasure_participants = _participants.copy

_erased_listeners = Listeners[ErasedListener]()
register_erased_listener = _erased_listeners.register
tell_erased = _erased_listeners.tell
