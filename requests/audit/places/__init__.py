"""Places outside the database where signed checkpoints are kept; each is small and behind one interface."""

from datetime import datetime, timedelta
from typing import ClassVar, Protocol

from django.conf import settings

from .bucket import Bucket
from .folder import Folder
from .mailbox import Mailbox


class Place(Protocol):
    """Somewhere that a database's administrator does not write to."""

    #: as deliveries and sentences name it
    name: ClassVar[str]
    #: the shortest time between two deliveries
    every: ClassVar[timedelta]
    #: whether it is on this machine: then each head goes there at once
    local: ClassVar[bool]
    #: whether what was put there can be read back
    readable: ClassVar[bool]

    def put(self, size: int, note: bytes, now: datetime) -> None:
        """Keep the note, and never let an older one take a newer one's place; raises DeliveryError."""

    def latest(self) -> bytes | None:
        """Return the newest note kept there, None when there is none; raises DeliveryError when it cannot be read."""


def configured() -> list[Place]:
    """Return the places that the settings name; the folder always is one."""
    found: list[Place] = [Folder(settings.AUDIT_CHECKPOINT_DIR)]
    if "checkpoints" in settings.STORAGES:
        found.append(Bucket())
    if settings.AUDIT_CHECKPOINT_MAIL:
        found.append(Mailbox(settings.AUDIT_CHECKPOINT_MAIL))
    return found
