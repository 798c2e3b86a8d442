"""Steps under bad luck: leases, failures, deaths, two workers at once."""

import sys
import threading
import uuid
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.files.storage import FileSystemStorage
from django.db import connections

from accounts.personaldata import categories
from audit.log.models import Entry
from cases.errors import NotAllowedError
from core import db
from core.leases import MAX_ATTEMPTS
from rights import services
from rights.errors import RightsError
from rights.fulfilment.steps import take_step
from rights.models import Step
from rights.states import ExclusionReason, RequestState, StepStatus


class Flaky:
    """A data category that does what the test says."""

    def __init__(self):
        self.fails = 0
        self.reads = 0
        self.before = lambda: None

    def count(self, _reference):
        return 3

    def export(self, _reference, entry):
        self.reads += 1
        for number in range(3):
            self.before()
            if self.fails and number == 1:
                self.fails -= 1
                raise OSError("the disk is full of layla@example.org")
            yield {"number": number, "entry": str(entry)}


@pytest.fixture
def flaky(monkeypatch):
    """Declare one data category beside the real ones."""
    flaky = Flaky()
    real = categories.data_categories()[0]
    fields = {**real.__dict__, "name": "test.flaky", "title": "Flaky", "count": flaky.count, "export": flaky.export}
    monkeypatch.setitem(categories._categories, "test.flaky", categories.DataCategory(**fields))
    return flaky


@pytest.fixture
def step_of():
    def get(request, holding="test.flaky"):
        with db.use_role("staff"):
            return Step.objects.get(request=request, holding=holding)

    return get


def run(step, at):
    with db.use_role("worker"):
        return services.run_step(step.pk, clock=lambda: at)


def test_a_step_runs_once_however_often_it_is_enqueued(file_request, user, start, flaky, step_of, now):
    request = start(file_request(user))
    step = step_of(request)

    assert run(step, now)
    assert not run(step, now)
    assert flaky.reads == 1
    assert step_of(request).receipt["count"] == 3


def test_many_workers_at_once_read_once(file_request, user, start, flaky, step_of, now, logged):
    request = start(file_request(user))
    step = step_of(request)
    gate = threading.Barrier(4)
    outcomes = []

    def worker():
        gate.wait()
        outcomes.append(run(step, now))
        connections.close_all()

    threads = [threading.Thread(target=worker) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]

    assert sorted(outcomes) == [False, False, False, True]
    assert flaky.reads == 1
    assert logged(request.reference).count("rights.step.finished") == 1


def test_two_last_steps_finishing_together_still_enqueue_the_package(file_request, user, start, now, work, fetch):
    request = start(file_request(user))
    with db.use_role("staff"):
        ids = list(Step.objects.filter(request=request).values_list("pk", flat=True))
    gate = threading.Barrier(len(ids) - 1)

    def worker(pk):
        gate.wait()
        run(SimpleNamespace(pk=pk), now)
        connections.close_all()

    threads = [threading.Thread(target=worker, args=[pk]) for pk in ids[:-1]]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    run(SimpleNamespace(pk=ids[-1]), now)

    assert fetch(request).state == RequestState.REVIEW


def test_a_failure_is_kept_as_a_code_without_its_text_and_tried_again(
    file_request, user, start, flaky, step_of, now, logged
):
    request = start(file_request(user))
    flaky.fails = 1
    assert not run(step_of(request), now)

    failed = step_of(request)
    assert (failed.status, failed.last_error, failed.attempts) == (StepStatus.FAILED, "OSError", 1)
    assert failed.due_at > now
    assert "rights.step.failed" in logged(request.reference)
    with db.use_role("auditor"):
        assert not any(b"layla" in bytes(leaf) for leaf in Entry.objects.values_list("leaf", flat=True))

    assert run(failed, now)
    assert step_of(request).status == StepStatus.DONE


def test_a_failure_leaves_no_file(file_request, user, start, flaky, step_of, now, files):
    request = start(file_request(user))
    flaky.fails = 1
    run(step_of(request), now)

    assert not [path for path in files.rglob("*") if path.is_file()]


def test_a_storage_that_is_away_fails_the_step_and_offers_nothing(
    file_request, user, start, flaky, step_of, now, monkeypatch
):
    request = start(file_request(user))

    def away(*_args, **_kwargs):
        raise ConnectionError

    monkeypatch.setattr(FileSystemStorage, "save", away)
    assert not run(step_of(request), now)
    found = step_of(request)
    assert (found.status, found.part, found.last_error) == (StepStatus.FAILED, "", "ConnectionError")


def test_after_the_last_attempt_the_step_needs_attention_and_the_request_waits(
    file_request, user, start, flaky, step_of, now, work, fetch, logged
):
    request = start(file_request(user))
    flaky.fails = 99
    for _ in range(MAX_ATTEMPTS + 2):
        run(step_of(request), now)
    work(request)

    assert flaky.reads == MAX_ATTEMPTS
    assert step_of(request).status == StepStatus.NEEDS_ATTENTION
    assert fetch(request).state == RequestState.IN_PROGRESS
    assert logged(request.reference).count("rights.step.parked") == 1


def test_an_officer_has_a_stuck_step_tried_again(file_request, user, officer, start, flaky, step_of, now, work, fetch):
    request = start(file_request(user))
    flaky.fails = MAX_ATTEMPTS
    for _ in range(MAX_ATTEMPTS):
        run(step_of(request), now)
    with db.use_role("staff"):
        services.retry_step(request.reference, step_of(request).pk, actor=officer, now=now)
        with pytest.raises(RightsError, match="has not failed"):
            services.retry_step(request.reference, step_of(request).pk, actor=officer, now=now)
    work(request)

    assert fetch(request).state == RequestState.REVIEW


def test_an_officer_excludes_a_stuck_step_and_the_work_goes_on(
    file_request, user, officer, make_staff, start, flaky, step_of, now, work, fetch, logged
):
    request = start(file_request(user))
    flaky.fails = 99
    for _ in range(MAX_ATTEMPTS):
        run(step_of(request), now)
    work(request)
    with db.use_role("staff"):
        with pytest.raises(NotAllowedError):
            services.exclude_step(
                request.reference, step_of(request).pk, actor=user, reason=ExclusionReason.TECHNICAL_FAULT, now=now
            )
        services.exclude_step(
            request.reference, step_of(request).pk, actor=officer, reason=ExclusionReason.TECHNICAL_FAULT, now=now
        )
    work(request)

    assert fetch(request).state == RequestState.REVIEW
    assert "rights.step.left_out" in logged(request.reference)


def test_a_dead_workers_lease_runs_out_and_another_takes_over(file_request, user, start, flaky, step_of, now, settings):
    request = start(file_request(user))
    step = step_of(request)
    with db.use_role("worker"):
        assert take_step(step.pk, clock=lambda: now) is not None  # and then the worker dies

    assert not run(step, now + timedelta(seconds=settings.RIGHTS_STEP_LEASE - 1))
    assert run(step, now + timedelta(seconds=settings.RIGHTS_STEP_LEASE + 1))
    assert step_of(request).attempts == 2


def test_a_late_worker_cannot_finish_what_another_took_over(
    file_request, user, start, flaky, step_of, now, settings, files
):
    request = start(file_request(user))
    step = step_of(request)
    later = now + timedelta(seconds=settings.RIGHTS_STEP_LEASE + 1)

    def overtaken():
        flaky.before = lambda: None
        assert run(step, later)

    # The second worker is another thread: connections are a thread's own.
    def hook():
        thread = threading.Thread(target=lambda: (overtaken(), connections.close_all()))
        thread.start()
        thread.join()

    flaky.before = hook
    assert not run(step, now)

    found = step_of(request)
    assert (found.status, found.attempts) == (StepStatus.DONE, 2)
    names = [path.name for path in files.rglob("*") if path.is_file()]
    assert names == [f"{step.pk}-2"]


def test_the_heartbeat_keeps_the_lease_and_shows_progress(file_request, user, start, flaky, step_of, now, monkeypatch):
    request = start(file_request(user))
    step = step_of(request)
    monkeypatch.setattr("core.leases.HEARTBEAT_EVERY", 0.0)
    with db.use_role("worker"):
        lease = take_step(step.pk, clock=lambda: now).lease
        lease.clock = lambda: now + timedelta(seconds=50)
        with db.atomic(), lease.second_connection():
            lease.heartbeat(progress=2)
            assert step_of(request).progress == 2  # others see it while the reading's transaction is open

    found = step_of(request)
    assert found.progress == 2
    assert found.lease_until == now + timedelta(seconds=170)


def test_the_sweep_enqueues_what_is_due_and_leased_by_nobody(file_request, user, start, flaky, step_of, now):
    request = start(file_request(user))
    exports = len(categories.data_categories())
    with db.use_role("worker"):
        assert services.sweep_steps(now=now) == 0  # enqueued a moment ago
        assert services.sweep_steps(now=now + timedelta(minutes=2)) == exports
        assert services.sweep_steps(now=now + timedelta(minutes=2)) == 0  # a second sweep finds nothing
        take_step(step_of(request).pk, clock=lambda: now + timedelta(minutes=4))
        assert services.sweep_steps(now=now + timedelta(minutes=4)) == exports - 1


def test_two_sweeps_at_once_enqueue_once(file_request, user, start, now, monkeypatch):
    start(file_request(user))
    enqueued = []
    monkeypatch.setattr(sys.modules["rights.fulfilment.sweep_steps"], "enqueue_step", enqueued.append)
    gate = threading.Barrier(3)

    def sweep():
        gate.wait()
        with db.use_role("worker"):
            services.sweep_steps(now=now + timedelta(minutes=2))
        connections.close_all()

    threads = [threading.Thread(target=sweep) for _ in range(3)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]

    assert len(enqueued) == len(set(enqueued)) == len(categories.data_categories())


def test_a_step_that_kills_its_worker_each_time_needs_attention(file_request, user, start, flaky, step_of, now, logged):
    request = start(file_request(user))
    at = now
    with db.use_role("worker"):
        for _ in range(MAX_ATTEMPTS):
            assert take_step(step_of(request).pk, clock=lambda at=at: at) is not None
            at += timedelta(hours=1)
        services.sweep_steps(now=at)
        services.sweep_steps(now=at)

    assert step_of(request).status == StepStatus.NEEDS_ATTENTION
    assert logged(request.reference).count("rights.step.parked") == 1


def test_a_step_of_a_withdrawn_request_does_not_read(file_request, user, start, flaky, step_of, now):
    request = start(file_request(user))
    with db.use_role("default"):
        services.withdraw_request(user, request.reference, now=now)

    assert not run(step_of(request), now)
    assert flaky.reads == 0


def test_a_request_withdrawn_while_a_step_reads_stores_no_receipt(
    file_request, user, start, flaky, step_of, now, files
):
    request = start(file_request(user))

    def withdraw():
        flaky.before = lambda: None

        def act():
            with db.use_role("default"):
                services.withdraw_request(user, request.reference, now=now)
            connections.close_all()

        thread = threading.Thread(target=act)
        thread.start()
        thread.join()

    flaky.before = withdraw
    assert not run(step_of(request), now)
    assert step_of(request).receipt is None
    assert not [path for path in files.rglob("*") if path.is_file()]


def test_where_the_log_cannot_be_written_nothing_is_read(file_request, user, start, flaky, step_of, now, monkeypatch):
    request = start(file_request(user))

    def broken(*_args, **_kwargs):
        raise RuntimeError("the log is away")

    monkeypatch.setattr("cases.log_case.append", broken)
    with pytest.raises(RuntimeError):
        run(step_of(request), now)

    assert flaky.reads == 0
    assert step_of(request).attempts == 0


def test_where_the_broker_is_away_requests_are_taken_and_started_and_the_sweep_enqueues_later(
    file_request, user, start, now, monkeypatch, fetch
):
    from celery import current_app
    from kombu.exceptions import OperationalError

    from core.enqueue import _Broker

    tried = []
    monkeypatch.setattr(_Broker, "quiet_until", 0.0)

    def away(*_args, **_kwargs):
        tried.append(1)
        raise OperationalError("no broker")

    monkeypatch.setattr(current_app.amqp, "send_task_message", away, raising=False)
    request = start(file_request(user))
    assert fetch(request).state == RequestState.IN_PROGRESS
    assert tried == [1]  # after the first failure the broker is left alone

    monkeypatch.undo()
    with db.use_role("worker"):
        assert services.sweep_steps(now=now + timedelta(minutes=2)) == len(categories.data_categories())


def test_the_tasks_run_as_the_worker_and_forgive_an_id_that_is_gone(office, file_request, user, start, now):
    from rights.tasks import run_queued_step, sweep

    request = start(file_request(user))
    with db.use_role("staff"):
        step = Step.objects.filter(request=request).first()
    run_queued_step(str(step.pk))
    run_queued_step(str(uuid.uuid4()))
    sweep()

    with db.use_role("staff"):
        assert Step.objects.get(pk=step.pk).status == StepStatus.DONE
