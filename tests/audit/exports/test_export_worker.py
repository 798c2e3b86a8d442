"""A real worker, killed in the middle of an export: it is finished once, from where it was."""

import os
import signal
import time

import pytest
from django.utils import timezone

from audit.exports.models import Export
from audit.exports.states import ExportState
from audit.exports.sweep import sweep_exports
from core import db
from tests.audit.exports.bundles import add, ask, fetch, fresh, logged, prepare, unpack, verify_files
from tests.real_workers import kill as kill_group, real_workers

pytestmark = pytest.mark.worker
LEASE = 3


@pytest.fixture
def start_worker(office, tmp_path, settings, monkeypatch):
    """Start real workers that write slowly; all end before the database does."""
    prepare(settings, tmp_path, monkeypatch)
    settings.AUDIT_EXPORT_LEASE = LEASE
    more = {
        "OFFICE_FILES": tmp_path / "files",
        "AUDIT_CHECKPOINT_DIR": tmp_path / "checkpoints",
        "AUDIT_EXPORT_LEASE": LEASE,
        "SLOW_UNTIL": tmp_path / "fast",
    }
    with real_workers("tests.audit.exports.slow_export", **more) as start:
        yield start


def wait_for(condition, what, *, seconds=90.0):
    """Wait until `condition()` holds, sweeping as the scheduler would."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        with db.use_role("worker"):
            sweep_exports(now=timezone.now())
        time.sleep(0.2)
    return pytest.fail(f"{what} did not come in {seconds} s")


def in_state(state, **more):
    with db.use_role("worker"):
        return Export.objects.filter(state=state, **more).first()


def kill_worker(process, _export):
    """End the worker and its children."""
    kill_group(process)


def kill_child(_process, export):
    """End only the child that writes."""
    os.kill(int(export.lease_owner.rpartition(":")[2]), signal.SIGKILL)


@pytest.mark.parametrize("kill", [kill_worker, pytest.param(kill_child, marks=pytest.mark.long)])
def test_a_worker_killed_in_the_middle_finishes_once(start_worker, tmp_path, kill):
    now = timezone.now()
    add(300, now)
    asked = ask(now)
    process = start_worker()
    export = wait_for(lambda: in_state(ExportState.RUNNING, done=100), "the third segment")
    kill(process, export)
    (tmp_path / "fast").touch()
    if kill is kill_worker:
        start_worker()
    done = wait_for(lambda: in_state(ExportState.FINISHED), "the end")
    assert (done.pk, done.done, done.attempts) == (asked.pk, 300, 2)
    assert len(logged("audit.export.finished")) == 1
    code, output = verify_files(unpack(fetch(fresh(done), timezone.now())), tmp_path / "bundle")
    assert code == 0, output
    assert len([path for path in (tmp_path / "files").rglob("*") if path.is_file()]) == 1
