"""Real Celery workers for tests that kill them."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

from celery import current_app

ROOT = Path(__file__).resolve().parent.parent


def kill(process):
    """End a worker and its children as a power cut would."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@contextlib.contextmanager
def real_workers(*including, **variables):
    """Yield a function that starts a worker in a process group of its own; all end with the block.

    `including` are modules that a worker imports besides, `variables` what its environment has besides.
    """
    current_app.control.purge()
    running = []

    def start():
        command = [
            *(sys.executable, "-m", "celery", "--quiet", "-A", "omegaoffice", "worker", "--concurrency=2"),
            *("--loglevel=ERROR", "--without-gossip", "--without-mingle", "--without-heartbeat"),
            *(option for module in including for option in ("-I", module)),
        ]
        env = {**os.environ, **{name: str(value) for name, value in variables.items()}}
        running.append(subprocess.Popen(command, cwd=ROOT, env=env, start_new_session=True))
        return running[-1]

    try:
        yield start
    finally:
        for process in running:
            kill(process)
        current_app.control.purge()
