"""Real workers that are killed, a broker that forgets, and a database that crashes."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from celery import current_app
from django.db import DatabaseError, connections

from omegaoffice.dev import local_servers

ROOT = Path(__file__).resolve().parents[2]
LEASE = 3


@pytest.fixture
def commits_last(office, monkeypatch):
    """Have what is committed survive a crash, as in production: the tests' servers do without."""
    monkeypatch.setenv("PGOPTIONS", "-c synchronous_commit=on")
    connections.close_all()


@pytest.fixture
def workers(office, files, settings, tmp_path):
    """Start a worker in a process group of its own: `workers()`; all end before the database does."""
    settings.RIGHTS_STEP_LEASE = LEASE
    current_app.control.purge()
    running = []

    def start():
        command = [
            *(sys.executable, "-m", "celery", "-A", "omegaoffice", "worker", "--concurrency=2", "--loglevel=ERROR"),
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        ]
        more = {"OFFICE_FILES": str(files), "RIGHTS_STEP_LEASE": str(LEASE)}
        more["AUDIT_CHECKPOINT_DIR"] = settings.AUDIT_CHECKPOINT_DIR
        process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **more}, start_new_session=True)
        running.append(process)
        return process

    yield start
    for process in running:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    current_app.control.purge()


def crash_database():
    """Crash the database server and start it on what it left; of an operator's server, cut our connections alone.

    Not by pg_ctl: nobody would end the server that it starts.
    """
    owned = [each.postgres for each in local_servers._running if "postgres" in each.owned]
    for server in owned:
        server._process.send_signal(signal.SIGQUIT)
        server._process.wait()
        server._start()
    if not owned:
        name = str(connections["owner"].settings_dict["NAME"])
        with psycopg.connect(os.environ["OFFICE_TEST_ADMIN_URL"], autocommit=True) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ANY(%s)",
                [[name, f"{name}_vault"]],
            )
    connections.close_all()


def kill_until(done, start, *, kills, seed, seconds):
    """Start two workers and kill one after the other, `kills` times, until `done()` is true; once the broker's queue
    is emptied, once the database crashes."""
    chance = random.Random(seed)
    running = [start(), start()]
    end, killed, next_kill, is_done = time.monotonic() + seconds, 0, time.monotonic() + 4, False
    while not is_done:
        assert time.monotonic() < end, "not everything is done"
        with contextlib.suppress(DatabaseError):
            is_done = done()
        if killed < kills and time.monotonic() > next_kill:
            victim = running.pop(chance.randrange(len(running)))
            os.killpg(victim.pid, signal.SIGKILL)
            victim.wait()
            killed += 1
            if killed == kills // 3:
                current_app.control.purge()
            if killed == kills // 2:
                crash_database()
            running.append(start())
            next_kill = time.monotonic() + chance.uniform(1, 4)
        time.sleep(0.3)
    assert killed == kills, "everything was done before the last kill"
