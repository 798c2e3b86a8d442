"""A real worker, killed in the middle: the request is fulfilled once, each receipt is there once."""

import os
import signal
import time
from collections import Counter

import pytest
from django.utils import timezone

from accounts.identity.roles import Role
from accounts.personaldata import categories
from audit.log.models import Entry
from core import db
from rights import services
from rights.models import RightsRequest, Step
from rights.states import Kind, RequestState, StepStatus
from tests.real_workers import kill as kill_group, real_workers

pytestmark = pytest.mark.worker
LEASE = 3


@pytest.fixture
def start_worker(office, files, tmp_path, settings, monkeypatch):
    """Start real workers that know a slow category; all end before the database does."""
    settings.RIGHTS_STEP_LEASE = LEASE
    monkeypatch.setenv("SLOW_UNTIL", str(tmp_path / "fast"))
    kept = dict(categories._categories)
    from tests.rights import slow_category

    slow_category.declare()
    with real_workers(slow_category.__name__, OFFICE_FILES=files, RIGHTS_STEP_LEASE=LEASE) as start:
        yield start
    categories._categories.clear()
    categories._categories.update(kept)


def wait_for(condition, what, *, seconds=90.0):
    """Wait until `condition()` holds, sweeping as the scheduler would."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        with db.use_role("worker"):
            services.sweep_steps(now=timezone.now())
        time.sleep(0.2)
    pytest.fail(f"{what} did not come in {seconds} s")
    return None


def reading():
    """Return the slow step once a worker is in the middle of it."""
    with db.use_role("worker"):
        return Step.objects.filter(holding="test.slow", status=StepStatus.RUNNING, progress__gt=0).first()


def in_review():
    with db.use_role("worker"):
        return RightsRequest.objects.filter(state=RequestState.REVIEW).exists()


def kill_worker(process, _step):
    """End the worker and its children."""
    kill_group(process)


def kill_child(_process, step):
    """End only the child that reads."""
    os.kill(int(step.lease_owner.rpartition(":")[2]), signal.SIGKILL)


@pytest.mark.parametrize("kill", [kill_worker, pytest.param(kill_child, marks=pytest.mark.long)])
def test_a_worker_killed_in_the_middle_fulfils_once(start_worker, user, make_staff, files, tmp_path, kill):
    officer = make_staff("omar", Role.PRIVACY_OFFICER)
    now = timezone.now()
    request = services.receive_request(user, kind=Kind.ACCESS, identified=True, now=now)
    with db.use_role("staff"):
        services.take_request(request.reference, actor=officer, now=now)
        services.start_request(request.reference, actor=officer, now=now)

    process = start_worker()
    step = wait_for(reading, "the middle of a step")
    kill(process, step)
    (tmp_path / "fast").touch()
    if kill is kill_worker:
        start_worker()
    wait_for(in_review, "the review")

    with db.use_role("staff"):
        steps = list(Step.objects.filter(request=request))
        assert {step.status for step in steps} == {StepStatus.DONE}
        assert Step.objects.get(holding="test.slow").attempts == 2
        assert Step.objects.get(holding="test.slow").receipt["count"] == 100
        services.approve_delivery(request.reference, actor=officer, now=timezone.now())
    with db.use_role("auditor"):
        events = Counter(Entry.objects.filter(case_ref=request.reference).values_list("event", flat=True))
    assert events["rights.step.finished"] == len(steps)
    assert events["rights.package.assembled"] == events["rights.request.readied"] == 1
    assert events["rights.request.fulfilled"] == 1
    with db.use_role("worker"):
        services.expire_packages(now=timezone.now())
    stored = [path for path in files.rglob("*") if path.is_file()]
    assert len(stored) == 1  # the package, and no part of the attempt that died
