"""Waits for a supervisor to end; was it killed, ends what it left: `sentinel.py GRACE SIGNAL`, groups on stdin."""

import contextlib
import os
import signal
import sys
import time


def main(grace: float, number: int) -> None:
    """Read group ids until the pipe closes. "done" last means that the supervisor has cleaned up itself."""
    lines = [line.strip() for line in sys.stdin]
    if "done" in lines:
        return
    groups = [int(line) for line in lines if line.isdigit()]
    _tell(groups, number)
    deadline = time.monotonic() + grace
    while time.monotonic() < deadline and _tell(groups, 0):
        time.sleep(0.05)
    _tell(groups, signal.SIGKILL)


def _tell(groups: list[int], number: int) -> bool:
    """Send a signal to each group; whether any of them still has a process."""
    reached = False
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)
            reached = True
    return reached


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]))
