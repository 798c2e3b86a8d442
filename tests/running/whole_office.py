"""The whole office as a person starts it: `manage.py up` with every process, on a machine that has set nothing."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def free_port():
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def bare_environment(var):
    """Return the variables of a machine where nothing of ours is set; the office lives in `var`."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**kept, "OFFICE_ENV": "development", "OFFICE_VAR": str(var), "PYTHONUNBUFFERED": "1"}


def up(environment, port, *options):
    """Start the office and return its process."""
    return subprocess.Popen(
        [sys.executable, "manage.py", "up", "--port", str(port), *options],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def wait_ready(process, port, seconds=90):
    """Return 200 once the office is ready; what it said when it will not be."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
                return answer.status
        except OSError:
            time.sleep(0.2)
    process.kill()
    return process.communicate()[0]


def stop(process):
    """Press Ctrl-C and return all that was said."""
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    return output


def manage(environment, *words):
    """Run a command beside the office and return what it said."""
    told = subprocess.run(
        [sys.executable, "manage.py", *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr
    return told.stdout
