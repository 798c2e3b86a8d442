"""The processes of the office, each with the credentials of its own sides and no others."""

import os
import socket
import sys
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

from .embedded.supervisor import Child
from .settings.databases import urls, variable

WEB_SIDES = ("default", "staff", "ingest", "vault")
WORKER_SIDES = ("worker", "sequencer", "vault")


def _credentials(aliases: Iterable[str]) -> dict[str, str]:
    """Return the environment of a process that gets these aliases; the owner's URL is taken away from all."""
    known = urls()
    return {"DATABASE_URL": "", **{variable(alias): known[alias] for alias in aliases if alias in known}}


def port_is_free(host: str, port: int) -> bool:
    """Return whether a server may listen there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port(host: str, wanted: int) -> int:
    """Return `wanted` when it is free, else a port that the system picks."""
    if port_is_free(host, wanted):
        return wanted
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def web(host: str, port: int, *, practice_url: str = "") -> Child:
    """Return the web server: two workers, both sides of the house."""
    command = [sys.executable, "-m", "gunicorn", "omegaoffice.wsgi", "--bind", f"{host}:{port}", "--workers", "2"]
    quiet = ["--no-control-socket", "--log-level", "warning"]
    return Child("web", [*command, *quiet], {**_credentials(WEB_SIDES), "PRACTICE_PROVIDER_URL": practice_url})


def worker(concurrency: int = 2) -> Child:
    """Return the Celery worker."""
    command = [sys.executable, "-m", "celery", "--quiet", "-A", "omegaoffice.celery", "worker", "--loglevel", "warning"]
    options = ["--concurrency", str(concurrency), "--without-mingle", "--without-gossip"]
    return Child("worker", [*command, *options], {**_credentials(WORKER_SIDES), "OFFICE_SIDE": "worker"})


def beat() -> Child:
    """Return the scheduler; its clock lies in the installation's folder, since rows are the truth."""
    schedule = Path(settings.VAR_DIR) / "celerybeat-schedule"
    command = [sys.executable, "-m", "celery", "--quiet", "-A", "omegaoffice.celery", "beat", "--loglevel", "warning"]
    return Child("beat", [*command, "--schedule", str(schedule), "--pidfile", ""], _credentials(()))


def practice(port: int) -> Child:
    """Return the practice sign-in provider, for machines that do not reach Google and GitHub."""
    return Child("practice", [sys.executable, "-m", "omegaoffice.practice", "--port", str(port)], _credentials(()))


def environment_port(name: str, default: int) -> int:
    """Return a port from the environment; raises ValueError with a sentence."""
    text = os.environ.get(name, str(default))
    if not text.isdigit() or int(text) not in range(1, 1 << 16):
        raise ValueError(f"{name} is {text!r}; it must be a number from 1 to 65535.")
    return int(text)
