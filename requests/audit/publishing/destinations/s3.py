"""A bucket that belongs to another administrator."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from django.core.files.base import ContentFile
from django.core.files.storage import storages

from audit.merkle.signed_notes import MAX_NOTE_BYTES

from .files import FileDestination


@dataclass(frozen=True)
class Bucket(FileDestination):
    """AUDIT_CHECKPOINT_BUCKET, once a minute at most."""

    name: ClassVar[str] = "bucket"
    every: ClassVar[timedelta] = timedelta(minutes=1)
    local: ClassVar[bool] = False

    def _read(self, name: str) -> bytes | None:
        with suppress(FileNotFoundError), storages["checkpoints"].open(name) as file:
            return bytes(file.read(MAX_NOTE_BYTES))
        return None

    def _write(self, name: str, note: bytes) -> None:
        storages["checkpoints"].save(name, ContentFile(note))
