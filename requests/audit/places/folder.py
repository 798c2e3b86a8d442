"""A folder: on another machine's disk, or copied away by somebody else."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import ClassVar

from audit.errors import DeliveryError
from audit.notes import NoteError
from audit.shelves import NOTE, FolderShelf

from .naming import LATEST, hourly, size_of


@dataclass(frozen=True)
class Folder:
    """AUDIT_CHECKPOINT_DIR: the file `checkpoint`, and the first note of each hour."""

    path: str
    name: ClassVar[str] = "folder"
    every: ClassVar[timedelta] = timedelta(0)
    local: ClassVar[bool] = True
    readable: ClassVar[bool] = True

    def put(self, size: int, note: bytes, now: datetime) -> None:
        """Keep the note; a reader never sees half of it, and two who write at once take turns."""
        folder = Path(self.path)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with (folder / ".lock").open("ab") as turn:
                flock(turn, LOCK_EX)
                shelf = FolderShelf(folder)
                if not (folder / hourly(now)).exists():
                    shelf.put(hourly(now), note, NOTE)
                if not self._holds_more_than(size):
                    shelf.put(LATEST, note, NOTE)
        except OSError as error:
            raise DeliveryError(f"The folder cannot be written: {error.strerror}.") from error

    def latest(self) -> bytes | None:
        """Return the newest note, None when there is none."""
        try:
            return (Path(self.path) / LATEST).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise DeliveryError(f"The folder cannot be read: {error.strerror}.") from error

    def _holds_more_than(self, size: int) -> bool:
        held = self.latest()
        # What is no note is replaced: those who verify have refused it before.
        with suppress(NoteError):
            return held is not None and size_of(held) > size
        return False
