"""Sixty deletions while workers are killed, the broker forgets and the database crashes."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import psycopg
import pytest
from celery import current_app
from django.db import DatabaseError, connections
from django.utils import timezone

from accounts.identity.roles import Role
from accounts.personaldata.categories import data_categories
from audit.erasure.journal import published_erasures
from audit.log.models import Entry
from core import db
from omegaoffice.dev import local_servers
from rights import services
from rights.models import Certificate, RightsRequest, Step
from rights.states import Attestation, Kind, RequestState, StepStatus, Verb
from tests.platform_rows import SHAPES, put_row

pytestmark = [pytest.mark.long, pytest.mark.worker]
ROOT = Path(__file__).resolve().parents[3]
PEOPLE, LEASE, KILLS = 60, 3, 12


@pytest.fixture
def commits_last(office, monkeypatch):
    """Have what is committed survive a crash, as in production: the tests' servers do without."""
    monkeypatch.setenv("PGOPTIONS", "-c synchronous_commit=on")
    connections.close_all()


@pytest.fixture
def begun(commits_last, make_user, make_staff, now, settings):
    """Sixty deletions that have begun, everything outside attested; with their people's references."""
    settings.RIGHTS_GRACE_DAYS = 0
    officer = make_staff("omar", Role.PRIVACY_OFFICER)
    references = []
    for number in range(PEOPLE):
        person = make_user(f"person{number}")
        for table in SHAPES:
            put_row(table, person.reference, now)
        request = services.receive_request(person, kind=Kind.DELETION, identified=True, now=now)
        with db.use_role("staff"):
            services.take_request(request.reference, actor=officer, now=now)
            services.start_erasure(request.reference, actor=officer, now=now)
            for step in Step.objects.filter(request=request, verb=Verb.ATTEST):
                services.attest_step(
                    request.reference,
                    step.pk,
                    actor=officer,
                    finding=Attestation.NOTHING_HELD,
                    evidence=None,
                    backups_until=None,
                    now=now,
                )
        references.append(person.reference)
    return references


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


def sweep_and_sign(signer):
    """Do what the scheduler and a second person do; return how many deletions are complete."""
    now = timezone.now()
    with db.use_role("worker"):
        # The step that destroys the key is leased for half an hour: what a dead worker left of it is not waited for.
        dead = Step.objects.filter(status=StepStatus.RUNNING, started_at__lt=now - timedelta(seconds=30))
        dead.update(lease_until=now, due_at=now)
        services.sweep_steps(now=now)
        stuck = Step.objects.filter(status=StepStatus.NEEDS_ATTENTION).values_list("pk", "request__reference", "verb")
        assert [verb for _pk, _reference, verb in stuck] == []
    with db.use_role("staff"):
        for reference in RightsRequest.objects.filter(state=RequestState.REVIEW).values_list("reference", flat=True):
            services.sign_off_deletion(reference, actor=signer, now=now)
        return RightsRequest.objects.filter(state=RequestState.FULFILLED).count()


def test_each_ends_once_whatever_is_killed(begun, workers, second):
    chance = random.Random(20261129)
    running = [workers(), workers()]
    end, done, kills, next_kill = time.monotonic() + 420, 0, 0, time.monotonic() + 4
    while done < PEOPLE:
        assert time.monotonic() < end, f"{done} of {PEOPLE} are complete"
        with contextlib.suppress(DatabaseError):
            done = sweep_and_sign(second)
        if kills < KILLS and time.monotonic() > next_kill:
            victim = running.pop(chance.randrange(len(running)))
            os.killpg(victim.pid, signal.SIGKILL)
            victim.wait()
            kills += 1
            if kills == KILLS // 3:
                current_app.control.purge()
            if kills == KILLS // 2:
                crash_database()
            running.append(workers())
            next_kill = time.monotonic() + chance.uniform(1, 4)
        time.sleep(0.3)
    assert kills == KILLS, "all were complete before the last kill"

    with db.use_role("worker"):
        assert set(Step.objects.values_list("status", flat=True)) == {StepStatus.DONE}
        for reference in begun:
            assert not any(category.recheck(reference) for category in data_categories()), reference
        certificates = list(Certificate.objects.select_related("request"))
    with db.use_role("auditor"):
        seen = Counter(Entry.objects.filter(outcome="ok").values_list("subject", "event"))
        issued = {entry.id: bytes(entry.leaf) for entry in Entry.objects.filter(event="rights.certificate.issued")}
    once = ("rights.erasure.started", "audit.subject.shredded", "rights.certificate.issued", "rights.request.completed")
    for reference in begun:
        assert {event: seen[reference, event] for event in once} == dict.fromkeys(once, 1)
    assert len(certificates) == PEOPLE
    for each in certificates:
        assert sha256(each.statement.encode()).hexdigest().encode() in issued[each.entry]
    assert sorted(each.reference for each in published_erasures()) == sorted(begun)
