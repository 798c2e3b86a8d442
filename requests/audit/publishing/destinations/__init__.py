"""Destinations outside the database where signed checkpoints are kept, behind one interface."""

from datetime import datetime, timedelta
from typing import ClassVar, Protocol

from django.conf import settings

from .directory import Folder
from .email import Mailbox
from .s3 import Bucket


class Destination(Protocol):
    """Somewhere that an administrator of the database cannot write to."""

    #: its name in deliveries and messages
    name: ClassVar[str]
    #: the shortest time between two deliveries
    every: ClassVar[timedelta]
    #: whether it is on this machine: then each checkpoint goes there at once
    local: ClassVar[bool]
    #: whether what was put there can be read back
    readable: ClassVar[bool]

    def put(self, size: int, note: bytes, now: datetime, length: bytes | None = None) -> None:
        """Keep the note, but never replace a newer one by an older one; raises DeliveryError.

        `length` is the signed length of the journal of erasures, kept beside it by the same rule.
        """

    def latest(self) -> bytes | None:
        """Return the newest note kept there, None when there is none; raises DeliveryError when it cannot be read."""

    def latest_length(self) -> bytes | None:
        """Return the longest length of the journal of erasures kept there; None and raises like `latest`."""


def folder() -> Folder:
    """Return the folder in which the journal of erasures lies, too."""
    return Folder(settings.AUDIT_CHECKPOINT_DIR)


def configured() -> list[Destination]:
    """Return the destinations that the settings name, of which the folder is always one."""
    found: list[Destination] = [folder()]
    if "checkpoints" in settings.STORAGES:
        found.append(Bucket())
    if settings.AUDIT_CHECKPOINT_MAIL:
        found.append(Mailbox(settings.AUDIT_CHECKPOINT_MAIL))
    return found
