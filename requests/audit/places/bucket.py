"""A bucket of somebody else's: AUDIT_CHECKPOINT_BUCKET."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from audit.errors import DeliveryError
from audit.notes import MAX_NOTE_BYTES, NoteError

from .naming import LATEST, hourly, size_of

_FAULTS = (BotoCoreError, ClientError, OSError)


@dataclass(frozen=True)
class Bucket:
    """The object `checkpoint` once a minute, and the first note of each hour for good."""

    name: ClassVar[str] = "bucket"
    every: ClassVar[timedelta] = timedelta(minutes=1)
    local: ClassVar[bool] = False
    readable: ClassVar[bool] = True

    def put(self, size: int, note: bytes, now: datetime) -> None:
        """Keep the note. An object is written whole or not at all."""
        storage = storages["checkpoints"]
        try:
            if not storage.exists(hourly(now)):
                storage.save(hourly(now), ContentFile(note))
            if not self._holds_more_than(size):
                storage.save(LATEST, ContentFile(note))
        except _FAULTS as error:
            raise DeliveryError(f"The bucket cannot be written: {type(error).__name__}.") from error

    def latest(self) -> bytes | None:
        """Return the newest note, None when there is none."""
        try:
            with storages["checkpoints"].open(LATEST) as file:
                return bytes(file.read(MAX_NOTE_BYTES))
        except FileNotFoundError:
            return None
        except _FAULTS as error:
            raise DeliveryError(f"The bucket cannot be read: {type(error).__name__}.") from error

    def _holds_more_than(self, size: int) -> bool:
        held = self.latest()
        with suppress(NoteError):
            return held is not None and size_of(held) > size
        return False
