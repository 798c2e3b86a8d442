"""File locks that the kernel releases when the last process that holds them ends."""

import fcntl
import os
from pathlib import Path


class Lock:
    """An advisory `flock` on one file.

    Neither a killed holder nor a reused process id can leave it behind. The file is never removed: otherwise two
    processes could lock two files of the same name. A child that is handed `fd` (`pass_fds`) is a holder too.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.fd: int | None = None
        # A forked copy (a Celery pool, multiprocessing) must not keep the lock when its parent dies.
        os.register_at_fork(after_in_child=self.close)

    def acquire(self, *, shared: bool = False) -> bool:
        """Take the lock if it is free now; return whether it was. `shared` holders do not exclude one another."""
        fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            return False
        self.fd = fd
        return True

    def close(self) -> None:
        """Release the lock. Children that were handed it keep the lock."""
        if self.fd is not None:
            fd, self.fd = self.fd, None
            os.close(fd)
