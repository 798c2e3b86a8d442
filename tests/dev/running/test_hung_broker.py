"""The whole office while its broker hangs: everything is answered, and the work is done once when it is back."""

import json
import os
import signal
import subprocess
import time
from contextlib import contextmanager

import pytest

from tests.dev.running.whole_office import PASSWORD, Visitor, bare_environment, free_port, stop, up, wait_ready

pytestmark = [pytest.mark.worker, pytest.mark.long]


@contextmanager
def hung_broker(process):
    """Stop the embedded Valkey of a running office: it takes connections and answers nothing."""
    told = subprocess.run(["pgrep", "-P", str(process.pid), "valkey"], capture_output=True, text=True, check=True)
    pid = int(told.stdout)
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_while_the_broker_hangs_people_sign_in_and_file_and_its_work_is_done_once_later(tmp_path):
    environment, port = bare_environment(tmp_path / "var"), free_port()
    process = up(environment, port, "--demo")
    try:
        walk(process, port, tmp_path / "var" / "mail")
    finally:
        output = stop(process)
    assert process.returncode == 0, output
    assert "ended with" not in output


def walk(process, port, mails):
    assert wait_ready(process, port) == 200
    visitor = Visitor(port)
    with hung_broker(process):
        assert visitor.sign_in("layla@example.org").geturl().endswith("/settings/")
        visitor.post("/settings/step-up/", way="password", password=PASSWORD)
        filed = visitor.post("/settings/privacy/requests/new/access/", place="DE", step="file")
        assert filed.status == 200
        assert "was filed" in filed.read().decode()

        began = time.monotonic()
        ready = visitor.get("/readyz")
        assert (ready.status, json.load(ready)["checks"]["broker"]) == (503, "away")
        assert time.monotonic() - began < 15  # two seconds on a machine that does nothing else

        stranger = Visitor(port)
        tries = [stranger.sign_in(f"nobody{number}@example.org", "wrong").read().decode() for number in range(11)]
        assert ["Too many" in page for page in tries] == [False] * 10 + [True]
    deadline = time.monotonic() + 150
    while not to_layla(mails) and time.monotonic() < deadline:
        time.sleep(1)
    assert wait_ready(process, port) == 200
    time.sleep(3)
    assert to_layla(mails) == 1


def to_layla(mails):
    """Return how many mails said to her that her request was received; the demo writes other letters to her."""
    messages = [text for path in mails.glob("*") for text in path.read_text().split("\n" + "-" * 79)]
    return sum("\nTo: layla@example.org" in text and "We received your request" in text for text in messages)
