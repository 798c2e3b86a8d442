"""Run several commands as direct children, start again one that ends, and stop them together; one console."""

import contextlib
import functools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Final, TextIO

from .watchdog import Watchdog, send_to_group

OWN_NAME: Final = "up"
_STOPPING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PAUSE: Final = 0.05
_LAST_OUTPUT_SECONDS: Final = 1.0
_RESTARTS: Final = 3
_RESTARTS_WITHIN: Final = 60.0
_LONGEST_LINE: Final = 65_536


@dataclass(frozen=True, slots=True)
class Child:
    """A command to run: `env` comes on top of our own environment."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)


def supervise(
    children: Sequence[Child],
    *,
    out: TextIO | None = None,
    grace: float = 10.0,
    watch: Callable[[], str | None] = lambda: None,
) -> int:
    """Run `children` until a signal or a child that keeps ending stops us; return the exit code to leave with.

    - Ctrl-C, SIGTERM or SIGHUP: each child gets SIGTERM, and after `grace` seconds its whole process group
      SIGKILL (at once on a second signal). Returns 0.
    - A child that ends by itself is started again, three times in a minute at most; the fourth end stops the
      others. Returns its exit code, or 128 + n where signal n ended it.
    - `watch`, which is called again and again, may name something else that has ended (`Servers.ended`). Returns 1.
    - We are killed ourselves: a watchdog sends SIGTERM to the children's groups, and SIGKILL after `grace`.

    Call from the main thread: signals are handled there. Raises OSError for a command that cannot be started; the
    others are killed then.
    """
    return _Supervisor(out or sys.stdout, grace, watch).run(children)


@dataclass(eq=False, slots=True)
class _Running:
    child: Child
    process: subprocess.Popen[bytes]
    reader: threading.Thread


class _Supervisor:
    def __init__(self, out: TextIO, grace: float, watch: Callable[[], str | None]) -> None:
        self.out = out
        self.console = threading.Lock()
        self.grace = grace
        self.watch = watch
        self.watchdog = Watchdog(grace)
        self.signals: list[int] = []
        self.running: list[_Running] = []
        self.ends: dict[str, list[float]] = {}
        self.width = len(OWN_NAME)
        self.code: int | None = None
        self.kill_at = float("inf")

    def run(self, children: Sequence[Child]) -> int:
        self.width = max(len(name) for name in (OWN_NAME, *(child.name for child in children)))
        former = {each: signal.signal(each, lambda number, _: self.signals.append(number)) for each in _STOPPING}
        try:
            for child in children:
                self._start(child)
            while self.running:
                time.sleep(_PAUSE)
                self._turn()
        finally:
            for one in list(self.running):  # only where we fail ourselves
                self._end(one)
            for number, handler in former.items():
                signal.signal(number, handler)
            self.watchdog.dismiss()
        return self.code or 0

    def _start(self, child: Child) -> None:
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", **child.env}
        process = self.watchdog.start(child.command, signal.SIGTERM, stdout=subprocess.PIPE, env=environment)
        reader = threading.Thread(target=self._show, args=(child.name, process.stdout), daemon=True)
        reader.start()
        self.running.append(_Running(child, process, reader))

    def _replace(self, child: Child, code: int) -> None:
        """Start a child again that ended by itself, unless it keeps ending."""
        if self.code is not None:
            return
        now = time.monotonic()
        recent = [end for end in self.ends.get(child.name, []) if now - end < _RESTARTS_WITHIN]
        self.ends[child.name] = [*recent, now]
        if len(recent) < _RESTARTS:
            self._say(OWN_NAME, f"{child.name} ended with {code}; started again")
            self._start(child)
        else:
            self._stop(code, f"{child.name} ended with {code} for the {_RESTARTS + 1}th time in a minute")

    def _turn(self) -> None:
        if self.signals:
            number = self.signals.pop(0)
            if self.code is None:
                self._stop(0, signal.Signals(number).name)
            else:
                self._kill()
        for one in list(self.running):
            # Without reaping: as long as the child is a zombie nobody else can get its process group's id.
            if os.waitid(os.P_PID, one.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
                self._replace(one.child, self._end(one))
        if self.code is None and (gone := self.watch()) is not None:
            self._stop(1, f"{gone} ended")
        if time.monotonic() >= self.kill_at:
            self._kill()

    def _stop(self, code: int, reason: str) -> None:
        self.code = code
        self.kill_at = time.monotonic() + self.grace
        names = ", ".join(one.child.name for one in self.running)
        self._say(OWN_NAME, f"{reason}; stopping {names}" if names else reason)
        for one in self.running:
            os.kill(one.process.pid, signal.SIGTERM)  # Popen's own methods might reap it

    def _kill(self) -> None:
        self.kill_at = time.monotonic() + self.grace
        for one in self.running:
            self._say(OWN_NAME, f"{one.child.name} does not stop: killed")
            send_to_group(one.process.pid, signal.SIGKILL)

    def _end(self, one: _Running) -> int:
        """Reap a child; what it left behind in its process group goes with it."""
        self.running.remove(one)
        send_to_group(one.process.pid, signal.SIGKILL)
        code = one.process.wait()
        one.reader.join(_LAST_OUTPUT_SECONDS)  # longer only where a process outside the group still writes
        return code if code >= 0 else 128 - code

    def _show(self, name: str, output: IO[bytes]) -> None:
        """Pass on line by line, one that grows too long in pieces."""
        with output:
            for line in iter(functools.partial(output.readline, _LONGEST_LINE), b""):
                self._say(name, line.decode(errors="replace").rstrip("\r\n"))

    def _say(self, name: str, line: str) -> None:
        # A console that went away is no reason to stop the office.
        with self.console, contextlib.suppress(OSError):
            self.out.write(f"{name:<{self.width}} | {line}\n")
            self.out.flush()
