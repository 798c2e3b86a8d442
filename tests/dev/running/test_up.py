"""`manage.py up`: one command, every process, stopped together."""

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from tests.dev.running.whole_office import ROOT, bare_environment, free_port, manage, stop, up, wait_ready

pytestmark = pytest.mark.worker


@pytest.fixture
def environment(tmp_path):
    return bare_environment(tmp_path / "var")


@pytest.mark.long
def test_up_serves_on_a_fresh_machine_stops_on_ctrl_c_and_keeps_its_data(environment):
    port = free_port()
    process = up(environment, port, "--demo")
    assert wait_ready(process, port) == 200
    # Other commands join the servers that run already.
    code = manage(environment, "demo_code", "paula@example.org")
    assert len(code.strip()) == 6
    output = stop(process)
    assert process.returncode == 0, output
    assert output.count("DEVELOPMENT KEYS") == 1
    assert "Making demo people" in output
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1)

    process = up(environment, port, "--demo")
    assert wait_ready(process, port) == 200
    output = stop(process)
    assert process.returncode == 0, output
    assert "DEVELOPMENT KEYS" not in output
    assert "Making demo" not in output
    manage(environment, "audit_sequence")
    assert "entries agree with the tree" in manage(environment, "audit_verify")


def test_a_web_process_that_is_killed_is_started_again_and_the_office_stays(environment):
    port = free_port()
    process = up(environment, port)
    assert wait_ready(process, port) == 200
    told = subprocess.run(
        ["pgrep", "-P", str(process.pid), "-f", "omegaoffice[.]web"], capture_output=True, text=True, check=True
    )
    first, _ = (int(pid) for pid in told.stdout.split())
    os.kill(first, signal.SIGKILL)
    for _ in range(5):
        assert wait_ready(process, port) == 200
    output = stop(process)
    assert process.returncode == 0, output
    assert "ended with 137; started again" in output


def test_up_says_when_the_port_is_taken(environment):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        process = up(environment, taken.getsockname()[1])
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "is taken. Choose another" in output


def test_up_names_a_wrong_port(environment):
    told = subprocess.run(
        [sys.executable, "manage.py", "up"],
        cwd=ROOT,
        env={**environment, "PORT": "many"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 1
    assert "PORT is 'many'; it must be a number from 1 to 65535." in told.stderr
