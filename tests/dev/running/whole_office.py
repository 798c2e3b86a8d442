"""The whole office as a person starts it: `manage.py up` with every process, on a machine that has set nothing."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path

#: of each of the demo's people
PASSWORD = "omega-demo-passphrase"
ROOT = Path(__file__).resolve().parents[3]


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


class Visitor:
    """A browser without scripts: it keeps cookies and fills in the form's token."""

    def __init__(self, port):
        self.base, self.jar = f"http://127.0.0.1:{port}", CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    def get(self, path):
        """Return the answer, whatever its status."""
        return self._open(self.base + path)

    def post(self, path, **fields):
        """Send the form at `path` and return the answer, whatever its status."""
        page = self.get(path).read().decode()
        token = re.search(r'csrfmiddlewaretoken" value="([^"]+)', page)[1]
        data = urllib.parse.urlencode({"csrfmiddlewaretoken": token, **fields}).encode()
        return self._open(urllib.request.Request(self.base + path, data, {"Referer": self.base + path}))

    def sign_in(self, email, password=PASSWORD):
        """Sign in as one of the demo's people."""
        return self.post("/accounts/login/", login=email, password=password)

    def cookies(self):
        """Return the cookies as a header has them."""
        return "; ".join(f"{each.name}={each.value}" for each in self.jar)

    def _open(self, what):
        try:
            return self.opener.open(what, timeout=60)
        except urllib.error.HTTPError as answer:
            return answer
