"""Workers that are killed, a broker that forgets, and a database that crashes."""

import contextlib
import os
import random
import signal
import time

import psycopg
from celery import current_app
from django.db import DatabaseError, connections

from omegaoffice.dev import local_servers
from tests.real_workers import kill


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
            kill(running.pop(chance.randrange(len(running))))
            killed += 1
            if killed == kills // 3:
                current_app.control.purge()
            if killed == kills // 2:
                crash_database()
            running.append(start())
            next_kill = time.monotonic() + chance.uniform(1, 4)
        time.sleep(0.3)
    assert killed == kills, "everything was done before the last kill"
