"""Run several commands as direct children, start again one that ends, and stop them together; one console."""

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final, TextIO, cast

from omegaoffice.embedded.leash import leashed, watched_over

OWN_NAME: Final = "up"
_STOPPING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PULSE_SECONDS: Final = 1.0
_RESTARTS: Final = 3
_RESTARTS_WITHIN: Final = 60.0
_LONGEST_LINE: Final = 65_536
_COLOURS: Final = ("36", "33", "35", "32", "34", "31")


@dataclass(frozen=True, slots=True)
class Child:
    """A command to run: `env` comes on top of our own environment, `cwd` is ours unless given."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None


def supervise(
    children: Sequence[Child],
    *,
    out: TextIO | None = None,
    grace: float = 10.0,
    watch: Callable[[], str | None] | None = None,
) -> int:
    """Run `children` until we are told to stop, or one keeps ending; the exit code to leave with.

    - Ctrl-C, SIGTERM or SIGHUP: each child gets SIGTERM, and after `grace` seconds its whole process group
      SIGKILL (at once on a second signal). Answer: 0.
    - A child that ends by itself is started again, three times in a minute at most; the fourth end stops the
      others. Its exit code, or 128 + n where signal n ended it.
    - `watch`, asked every second and whenever a child of ours ends, may name something else that is gone
      (`Servers.ended`): 1.
    - We are killed ourselves: the kernel sends SIGTERM to the children, and a sentinel kills what is left of
      their groups after `grace`.

    Call from the main thread: signals are handled there, and children end with the thread that started them.
    """
    return _Supervisor(out or sys.stdout, grace, watch).run(children)


@dataclass(eq=False, slots=True)
class _Running:
    child: Child
    process: subprocess.Popen[bytes]
    output: IO[bytes]
    rest: bytes = b""


class _Supervisor:
    def __init__(self, out: TextIO, grace: float, watch: Callable[[], str | None] | None) -> None:
        self.out = out
        self.grace = grace
        self.watch = watch
        self.running: list[_Running] = []
        self.ends: dict[str, list[float]] = {}
        self.selector = selectors.DefaultSelector()
        self.labels: dict[str, str] = {}
        self.code: int | None = None
        self.kill_at = float("inf")

    def run(self, children: Sequence[Child]) -> int:
        self._label([child.name for child in children])
        with _signals() as wakeup, watched_over(self.grace, signal.SIGTERM) as sentinel, self.selector:
            self.selector.register(wakeup, selectors.EVENT_READ)
            try:
                for child in children:
                    self._start(child, sentinel)
                while self.running:
                    self._turn(wakeup, sentinel)
            finally:
                for one in list(self.running):  # only where we fail ourselves
                    self._end(one)
        return self.code or 0

    def _start(self, child: Child, sentinel: IO[bytes]) -> None:
        process = subprocess.Popen(
            leashed(child.command, signal.SIGTERM),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=child.cwd,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **child.env},
            start_new_session=True,  # Ctrl-C reaches us alone; and the child's group can be ended whole
        )
        one = _Running(child, process, cast("IO[bytes]", process.stdout))
        self.running.append(one)
        os.set_blocking(one.output.fileno(), False)
        self.selector.register(one.output, selectors.EVENT_READ, one)
        with contextlib.suppress(BrokenPipeError):
            sentinel.write(b"%d\n" % process.pid)

    def _replace(self, child: Child, code: int, sentinel: IO[bytes]) -> None:
        """Start a child again that ended by itself, unless it keeps ending."""
        if self.code is not None:
            return
        now = time.monotonic()
        recent = [end for end in self.ends.get(child.name, []) if now - end < _RESTARTS_WITHIN]
        self.ends[child.name] = [*recent, now]
        if len(recent) < _RESTARTS:
            self._say(OWN_NAME, f"{child.name} ended with {code}; started again")
            self._start(child, sentinel)
        else:
            self._stop(code, f"{child.name} ended with {code} for the {_RESTARTS + 1}th time in a minute")

    def _turn(self, wakeup: int, sentinel: IO[bytes]) -> None:
        pause = min(_PULSE_SECONDS, max(0.0, self.kill_at - time.monotonic()))
        for key, _ in self.selector.select(pause):
            if isinstance(key.data, _Running):
                self._show(key.data)
        self._hear(wakeup)
        for one in list(self.running):
            if _has_ended(one.process):
                self._replace(one.child, self._end(one), sentinel)
        if self.code is None and self.watch is not None and (gone := self.watch()) is not None:
            self._stop(1, f"{gone} ended")
        if time.monotonic() >= self.kill_at:
            self._kill()

    def _hear(self, wakeup: int) -> None:
        with contextlib.suppress(BlockingIOError):
            for number in os.read(wakeup, 4096):
                if number not in _STOPPING:
                    continue
                if self.kill_at == float("inf"):
                    self._stop(0, signal.Signals(number).name)
                else:
                    self._kill()

    def _stop(self, code: int, reason: str) -> None:
        self.code = code
        self.kill_at = time.monotonic() + self.grace
        names = ", ".join(one.child.name for one in self.running)
        self._say(OWN_NAME, f"{reason}; stopping {names}" if names else reason)
        for one in self.running:
            one.process.terminate()

    def _kill(self) -> None:
        self.kill_at = float("inf") if not self.running else time.monotonic() + self.grace
        for one in self.running:
            self._say(OWN_NAME, f"{one.child.name} does not stop: killed")
            _kill_group(one.process)

    def _end(self, one: _Running) -> int:
        """Reap a child; what it left behind in its process group goes with it."""
        self.running.remove(one)
        _kill_group(one.process)
        code = one.process.wait()
        while self._show(one):
            pass
        if one.rest:
            self._say(one.child.name, one.rest.decode(errors="replace"))
        with contextlib.suppress(KeyError):
            self.selector.unregister(one.output)
        one.output.close()
        return code if code >= 0 else 128 - code

    def _show(self, one: _Running) -> bool:
        """Pass on whole lines, one that grows too long in pieces; False when all there is has been read."""
        try:
            chunk = os.read(one.output.fileno(), _LONGEST_LINE)
        except BlockingIOError:
            return False
        if not chunk:  # closed; it may still run
            with contextlib.suppress(KeyError):
                self.selector.unregister(one.output)
            return False
        *lines, one.rest = (one.rest + chunk).split(b"\n")
        if len(one.rest) >= _LONGEST_LINE:
            lines, one.rest = [*lines, one.rest], b""
        for line in lines:
            self._say(one.child.name, line.decode(errors="replace").rstrip("\r"))
        return True

    def _say(self, name: str, line: str) -> None:
        # A console that went away is no reason to stop the office.
        with contextlib.suppress(OSError):
            self.out.write(f"{self.labels[name]} {line}\n")
            self.out.flush()

    def _label(self, names: Sequence[str]) -> None:
        width = max(len(name) for name in (OWN_NAME, *names))
        for position, name in enumerate((*names, OWN_NAME)):
            label = f"{name:<{width}} |"
            coloured = f"\033[{_COLOURS[position % len(_COLOURS)]}m{label}\033[0m"
            self.labels[name] = coloured if self.out.isatty() else label


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    # Without reaping: as long as the child is a zombie nobody else can get its process group's id.
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


@contextlib.contextmanager
def _signals() -> Iterator[int]:
    """Give a descriptor that becomes readable, with the signals' numbers, when one we care for arrives."""
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    os.set_blocking(writer, False)
    former_fd = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    former = {number: signal.signal(number, lambda *_: None) for number in (*_STOPPING, signal.SIGCHLD)}
    try:
        yield reader
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(former_fd)
        os.close(reader)
        os.close(writer)
