"""A folder: on another machine's disk, or copied to one by its administrator."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import ClassVar

from audit.publishing.tile_store import NOTE, DirectoryTileStore

from .files import FileDestination


@dataclass(frozen=True)
class Folder(FileDestination):
    """AUDIT_CHECKPOINT_DIR."""

    path: str
    name: ClassVar[str] = "folder"
    every: ClassVar[timedelta] = timedelta(0)
    local: ClassVar[bool] = True

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        folder = Path(self.path)
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / ".lock").open("ab") as lock:
            flock(lock, LOCK_EX)
            yield

    def _read(self, name: str) -> bytes | None:
        return DirectoryTileStore(Path(self.path)).get(name)

    def _write(self, name: str, note: bytes) -> None:
        DirectoryTileStore(Path(self.path)).put(name, note, NOTE)
