"""File locks that die with their holder: who owns a server, who uses it, is a process of it left."""

import contextlib
import fcntl
import os
import time
import weakref
from pathlib import Path
from types import TracebackType
from typing import Final, Self

PAUSE: Final = 0.02

_open_locks: "weakref.WeakSet[Lock]" = weakref.WeakSet()


class Lock:
    """An advisory `flock` on one file.

    The kernel lets go of it when the last copy of its descriptor closes, so neither a killed holder nor a
    reused process id can leave it behind. The file is never removed: a second holder could otherwise lock a
    file that no longer has a name.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd: int | None = None

    @property
    def fd(self) -> int:
        """The open descriptor; handing it to a child (`pass_fds`) makes the child a holder too."""
        if self._fd is None:
            raise RuntimeError("the lock is not held")
        return self._fd

    @property
    def held(self) -> bool:
        """Whether this object holds the lock."""
        return self._fd is not None

    def try_hold(self, *, shared: bool = False) -> bool:
        """Take the lock if it is free at this moment; `shared` holders do not exclude one another."""
        fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            return False
        except BaseException:
            os.close(fd)
            raise
        self._fd = fd
        _open_locks.add(self)
        return True

    def hold(self, *, seconds: float | None = None) -> bool:
        """Wait for the lock, at most `seconds`; without a number, as long as it takes."""
        deadline = None if seconds is None else time.monotonic() + seconds
        while not self.try_hold():
            if deadline is not None and time.monotonic() >= deadline:
                return False
            time.sleep(PAUSE)
        return True

    def release(self) -> None:
        """Let go. Children that were handed the descriptor keep holding."""
        if self._fd is not None:
            fd, self._fd = self._fd, None
            os.close(fd)

    def sign(self, text: str) -> None:
        """Write into the lock's file who holds it; for messages only, never for decisions."""
        os.ftruncate(self.fd, 0)
        os.pwrite(self.fd, text.encode(), 0)

    def signature(self) -> str:
        """Return what the last holder wrote; empty when nobody has."""
        with contextlib.suppress(OSError, UnicodeDecodeError):
            return self.path.read_text().strip()
        return ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def _forget_in_child() -> None:
    # A forked copy (a Celery pool, multiprocessing) must not hold on where its parent has died.
    for lock in list(_open_locks):
        lock.release()


os.register_at_fork(after_in_child=_forget_in_child)
