"""Server processes that outlived their starter: found by the lock they hold, not by an id from a file."""

import contextlib
import os
import signal
from pathlib import Path
from typing import Final

from omegaoffice.embedded.errors import ServersBusyError
from omegaoffice.embedded.lock import Lock

_PROC: Final = Path("/proc")


def holders(path: Path) -> list[int]:
    """Ids of other processes that have `path` open (Linux; elsewhere none are found)."""
    found, wanted = [], str(path.resolve())
    if not _PROC.is_dir():
        return []
    for entry in _PROC.iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            if any(_target(link) == wanted for link in (entry / "fd").iterdir()):
                found.append(int(entry.name))
    return found


def works_in(folder: Path) -> int | None:
    """Return the id of a process that works in `folder`, as a PostgreSQL server does in its data folder."""
    wanted = str(folder.resolve())
    if not _PROC.is_dir():
        return None
    for entry in _PROC.iterdir():
        if entry.name.isdigit() and _target(entry / "cwd") == wanted:
            return int(entry.name)
    return None


def end_all(server_lock: Lock, *, seconds: float) -> None:
    """Hold `server_lock`: at once, or when what is left of an earlier server has ended, or was made to."""
    if server_lock.hold(seconds=seconds):
        return
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        for process in holders(server_lock.path):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, number)
        if server_lock.hold(seconds=seconds):
            return
    raise ServersBusyError(f"a process of an earlier server still holds {server_lock.path} and cannot be ended.")


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:
        return ""
