"""The processes of the office, each with the credentials of its own database roles and no others."""

import contextlib
import os
import socket
import sys
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

from omegaoffice.settings.databases import ROLE_OF_ALIAS, urls, variable

from .embedded.supervisor import Child

WEB_ROLES = ("default", "staff", "ingest", "auditor", "vault")
WORKER_ROLES = ("worker", "sequencer", "vault")
SEQUENCER_ROLES = ("sequencer",)


def _credentials(aliases: Iterable[str]) -> dict[str, str]:
    """Return the environment of a process that gets these aliases.

    Variables of ours that the process must not inherit are set to nothing: the owner's URLs, those of other
    database roles, and the log's signing keys, which only the sequencer gets.
    """
    known, given = urls(), set(aliases)
    found = {variable(alias): known.get(alias, "") if alias in given else "" for alias in (*ROLE_OF_ALIAS, "vault")}
    log_keys = {
        name: os.environ.get(name, "") if "sequencer" in given else ""
        for name in ("OFFICE_LOG_KEY", "OFFICE_LOG_NEXT_KEY")
    }
    return {"DATABASE_URL": "", "VAULT_OWNER_URL": "", **log_keys, **found}


def port_is_free(host: str, port: int) -> bool:
    """Return whether a server may listen there."""
    with contextlib.suppress(OSError, OverflowError), socket.create_server((host, port)):
        return True
    return False


def free_port(host: str, wanted: int) -> int:
    """Return `wanted` when it is free, else a port that the system picks."""
    with socket.create_server((host, wanted if port_is_free(host, wanted) else 0)) as probe:
        return int(probe.getsockname()[1])


def web(host: str, port: int, *, name: str = "web", practice_url: str = "") -> Child:
    """Return one process of the web server, with every database role that a path selects."""
    command = [sys.executable, "-m", "omegaoffice.web.server", "--host", host, "--port", str(port)]
    return Child(name, command, {**_credentials(WEB_ROLES), "PRACTICE_PROVIDER_URL": practice_url})


def _celery(*words: str) -> list[str]:
    # Celery warns root because of pickled messages; ours are JSON.
    quiet = "ignore:You're running the worker with superuser privileges"
    return [sys.executable, "-W", quiet, "-m", "celery", "--quiet", "-A", "omegaoffice.celery", *words]


def _celery_worker(name: str, queue: str, aliases: Iterable[str], *options: str, **variables: str) -> Child:
    """Return a Celery worker of one queue, whose database role has the worker's name."""
    common = ["--loglevel", "warning", "--queues", queue, "--without-mingle", "--without-gossip"]
    environment = {**_credentials(aliases), "OFFICE_SIDE": name, **variables}
    return Child(name, _celery("worker", *common, *options), environment)


def worker(*, practice_url: str = "") -> Child:
    """Return the worker, which also ends grants at Google, or at the practice provider in its place."""
    return _celery_worker("worker", "celery", WORKER_ROLES, "--concurrency", "2", PRACTICE_PROVIDER_URL=practice_url)


def sequencer() -> Child:
    """Return the Celery worker that only grows the tree and signs, so that no long task delays it."""
    options = ["--hostname", "sequencer@%h", "--pool", "solo"]
    return _celery_worker("sequencer", settings.LOG_QUEUE, SEQUENCER_ROLES, *options)


def beat() -> Child:
    """Return the scheduler. Its schedule file may be lost: job state lives in PostgreSQL."""
    schedule = Path(settings.VAR_DIR) / "celerybeat-schedule"
    command = _celery("beat", "--loglevel", "warning")
    return Child("beat", [*command, "--schedule", str(schedule), "--pidfile", ""], _credentials(()))


def practice(port: int) -> Child:
    """Return the practice provider, for machines that do not reach Google and GitHub."""
    return Child("practice", [sys.executable, "-m", "omegaoffice.dev.practice", "--port", str(port)], _credentials(()))
