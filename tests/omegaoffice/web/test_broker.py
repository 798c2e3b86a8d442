"""A broker that hangs holds nobody up: no message is waited for twice, and the health check says so."""

import socket
import subprocess
import sys
import threading
from contextlib import contextmanager

import pytest

from tests.dev.running.whole_office import ROOT, bare_environment

SCRIPT = """
import django; django.setup()
from core import enqueue
from omegaoffice.web import health
tried = 0
for task in ("rights.ring_step", "audit.export", "inbox.mail_letter"):
    try:
        enqueue._send(task, ("0" * 32,))
    except Exception as error:
        tried += 1
try:
    health.CHECKS["broker"]()
except Exception as error:
    print("tried", tried, "broker away", type(error).__name__)
"""


@contextmanager
def silent_server():
    """A server that takes connections and never says a word: its port, and the connections it has taken."""
    taken = []
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        def accept():
            while True:
                try:
                    taken.append(listener.accept()[0])
                except OSError:
                    return

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield listener.getsockname()[1], taken
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
    for one in taken:
        one.close()


@pytest.mark.parametrize("url", ["amqp://guest:guest@127.0.0.1:{}//", "redis://127.0.0.1:{}/0"])
def test_a_broker_that_never_answers_is_asked_once_and_left_alone(tmp_path, url):
    with silent_server() as (port, taken):
        environment = {**bare_environment(tmp_path), "OFFICE_ENV": "test", "PYTHONPATH": f"{ROOT}:{ROOT}/requests"}
        told = subprocess.run(
            [sys.executable, "-c", SCRIPT],
            cwd=ROOT,
            env={**environment, "BROKER_URL": url.format(port), "DJANGO_SETTINGS_MODULE": "omegaoffice.dev.settings"},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert told.stdout == "tried 1 broker away OperationalError\n", told.stderr
    assert len(taken) == 2  # one for the three messages, one for the check: nothing is tried again
