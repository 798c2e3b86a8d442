"""A process that outlives its starter to end what the starter leaves behind: `watchdog.py GRACE`.

Its standard input names process groups and the signal that each understands, "GROUP SIGNAL" a line.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any


class Watchdog:
    """Starts processes, and ends them should this process be killed: by a signal, after `grace` seconds by SIGKILL."""

    def __init__(self, grace: float) -> None:
        self._process = subprocess.Popen(
            # -I -S: it needs the standard library alone, and starts in a third of the time.
            [sys.executable, "-I", "-S", __file__, str(grace)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            bufsize=0,
            start_new_session=True,
        )
        # A forked copy that lives on must not hide that we have ended.
        os.register_at_fork(after_in_child=self._process.stdin.close)  # type: ignore[union-attr]

    def start(self, command: Sequence[str], number: signal.Signals, **options: Any) -> subprocess.Popen[bytes]:
        """Start a process whose group gets this signal when we end without `dismiss`; Ctrl-C reaches us alone."""
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT, start_new_session=True, **options
        )
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(b"%d %d\n" % (process.pid, number))  # type: ignore[union-attr]
        return process

    def dismiss(self) -> None:
        """End the watchdog: the groups have ended."""
        self._process.kill()
        self._process.communicate()


def _main(grace: float) -> None:
    watched = [tuple(map(int, line.split())) for line in sys.stdin]  # until the starter has ended
    for group, number in watched:
        send_to_group(group, number)
    deadline = time.monotonic() + grace
    while time.monotonic() < deadline and any(send_to_group(group, 0) for group, _ in watched):
        time.sleep(0.05)
    for group, _ in watched:
        send_to_group(group, signal.SIGKILL)


def send_to_group(group: int, number: int) -> bool:
    """Send a signal to a group; return whether a process is left in it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
        return True
    return False


if __name__ == "__main__":
    _main(float(sys.argv[1]))
