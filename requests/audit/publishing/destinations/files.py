"""Keep signed notes as files: the newest checkpoint, one an hour for good, and the length of the erasures' journal."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from typing import ClassVar

from audit.errors import DeliveryError
from audit.merkle.checkpoint import Checkpoint
from audit.merkle.journal_length import JournalLength
from audit.merkle.signed_notes import Note, NoteError
from audit.publishing.tile_store import FAULTS

_LATEST = "checkpoint"
_LENGTH = "erasures-length"


class FileDestination(ABC):
    """The file `checkpoint` is the newest note; the first note of each hour stays, some nine thousand files a year."""

    name: ClassVar[str]
    readable: ClassVar[bool] = True

    @abstractmethod
    def _read(self, name: str) -> bytes | None: ...

    @abstractmethod
    def _write(self, name: str, note: bytes) -> None: ...

    def _exclusive(self) -> AbstractContextManager[None]:
        return nullcontext()

    def put(self, size: int, note: bytes, now: datetime, length: bytes | None = None) -> None:
        """Keep the notes; a reader finds each file whole, and an older note never replaces a newer one."""
        hourly = f"{now.astimezone(UTC):%Y-%m-%dT%H}Z.note"
        with self._faults("written"), self._exclusive():
            if self._read(hourly) is None:
                self._write(hourly, note)
            if not self._holds_more_than(size):
                self._write(_LATEST, note)
        if length is not None:
            self.put_length(length)

    def put_length(self, note: bytes) -> None:
        """Keep the signed length of the journal of erasures, unless the one kept is as long or longer."""
        length, kept = JournalLength.parse(note), None
        with self._faults("written"), self._exclusive():
            with suppress(NoteError):
                kept = JournalLength.parse(self._read(_LENGTH) or b"")
            if kept is None or kept.count < length.count:
                self._write(_LENGTH, note)

    def latest_length(self) -> bytes | None:
        """Return the longest signed length of the journal of erasures, None when there is none."""
        with self._faults("read"):
            return self._read(_LENGTH)

    def latest(self) -> bytes | None:
        """Return the newest note, None when there is none."""
        with self._faults("read"):
            return self._read(_LATEST)

    def _holds_more_than(self, size: int) -> bool:
        current = self.latest()
        # What is not a note is replaced: verification has reported it before.
        with suppress(NoteError):
            return current is not None and Checkpoint.parse(Note.parse(current).text).size > size
        return False

    @contextmanager
    def _faults(self, act: str) -> Iterator[None]:
        try:
            yield
        except FAULTS as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise DeliveryError(f"The {self.name} cannot be {act}: {reason}.") from error
