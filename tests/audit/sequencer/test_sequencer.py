"""The sequencer against crashes: killed between any two statements, run twice at once, overtaken by late commits."""

import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from django.db import connections

from audit.log import event_types
from audit.log.actors import machine
from audit.log.append import append
from audit.log.event_types import EventType
from audit.merkle import proofs
from audit.publishing import published
from audit.publishing.metrics import last_checkpoint_seconds, oldest_pending_seconds
from audit.sequencer.sequence import sequence, take_batch
from audit.tree import checkpoints, tiles
from audit.tree.models import StoredCheckpoint
from audit.verification.verify import verify
from core import db
from tests.audit.merkle.consistency import check_consistency

ROOT = Path(__file__).resolve().parents[3]
COUNTED = EventType("audit.test.counted", "counted {number}", {"number": int})

#: the package names the verb as it names the module
MODULE = sys.modules["audit.sequencer.sequence"]

#: every statement of the sequencer, in order; the process is ended before each, and after the last of a transaction
POINTS = [
    *[
        (point, "before")
        for point in (
            "_lock_size",
            "_take",
            "_load_edge",
            "_store_leaves",
            "_widen_tiles",
            "_store_tiles",
            "_store_size",
        )
    ],
    ("_store_size", "after"),
    ("take_batch", "after"),
    ("sign_checkpoint", "before"),
    ("_keep_checkpoint", "before"),
    ("_keep_checkpoint", "after"),
    ("_publish", "before"),
    ("_publish", "after"),
]


@pytest.fixture(autouse=True)
def _own_checkpoint_dir(settings, tmp_path, monkeypatch):
    settings.AUDIT_CHECKPOINT_DIR = str(tmp_path / "checkpoints")
    monkeypatch.setitem(event_types._events, COUNTED.name, COUNTED)


def add(count, now, role="worker"):
    with db.use_role(role), db.atomic():
        for number in range(count):
            append(COUNTED, actor=machine("t"), subject=None, now=now, payload={"number": number})


def run_sequence(now):
    with db.use_role("sequencer"):
        return sequence(now)


def run_verify():
    with db.use_role("auditor"):
        return verify()


def check_checkpoints():
    """Check by RFC 9162 proofs that each signed checkpoint is a prefix of the next one; return how many there are."""
    with db.use_role("auditor"):
        signed = [checkpoints.opened(each.note.encode()) for each in StoredCheckpoint.objects.order_by("size")]
        for old, new in pairwise(signed):
            proof = proofs.consistency(old.size, new.size, tiles.read_tiles)
            check_consistency(old.size, new.size, old.root, new.root, proof)
    return len(signed)


def kill_at(point, when):
    child = subprocess.run(
        [sys.executable, "-m", "tests.audit.sequencer.sequencer_child", point, when],
        cwd=ROOT,
        env={**os.environ, "AUDIT_CHECKPOINT_DIR": str(checkpoints.settings.AUDIT_CHECKPOINT_DIR)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert child.returncode == -signal.SIGKILL, child.stderr


@pytest.mark.parametrize(("point", "when"), POINTS)
def test_a_sequencer_that_is_killed_leaves_one_consistent_tree(office, now, point, when):
    add(300, now)
    run_sequence(now)
    add(220, now)
    kill_at(point, when)
    later = now + timedelta(seconds=5)
    _, checkpoint = run_sequence(later)
    assert checkpoint.size == 520
    found = run_verify()
    assert (found.entries, found.pending) == (520, 0)
    assert check_checkpoints() == 2
    [outside] = published.read_published()
    assert outside.checkpoint.size == 520


@pytest.mark.long
def test_sequencers_killed_at_every_point_in_turn_leave_one_consistent_tree(office, now):
    for number, (point, when) in enumerate(POINTS * 3):
        add(90 + number, now)
        kill_at(point, when)
    run_sequence(now)
    assert run_verify().entries == sum(90 + number for number in range(len(POINTS) * 3))
    check_checkpoints()


def test_two_sequencers_under_writers_have_one_effect(office, now):
    """Four threads sequence and sign while two write; nothing is lost, nothing is taken twice."""
    stop, faults = threading.Event(), []

    def work(act):
        try:
            while not stop.is_set():
                act()
        except Exception as error:  # noqa: BLE001  whatever it is, the test names it
            faults.append(error)
        finally:
            connections.close_all()

    written = []

    def write():
        add(40, now)
        written.append(40)
        if len(written) >= 30:
            stop.set()

    threads = [threading.Thread(target=work, args=(act,)) for act in (*[lambda: run_sequence(now)] * 4, write, write)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    run_sequence(now)
    assert run_verify().entries == sum(written)
    check_checkpoints()


def test_a_sequencer_that_waits_for_another_takes_what_that_one_left(office, now, monkeypatch):
    monkeypatch.setattr(MODULE, "BATCH", 50)
    add(80, now)
    taken = []

    def second():
        with db.use_role("sequencer"):
            taken.append(take_batch()[0])
        connections.close_all()

    with db.use_role("sequencer"), db.atomic(), db.connection().cursor() as cursor:
        cursor.execute("SELECT size FROM audit_head FOR UPDATE")
        waiting = threading.Thread(target=second)
        waiting.start()
        waiting.join(0.3)
        assert waiting.is_alive()
    waiting.join()
    assert taken == [50]
    assert run_sequence(now)[0] == 30
    assert run_verify().entries == 80


def test_a_log_that_is_written_to_all_the_time_is_signed_all_the_same(office, now, monkeypatch):
    batches = []

    def overtaken(start):
        batches.append(start)
        assert len(batches) < 5, "the sequencer runs after the writers and never signs"
        found = take_batch(start)
        add(3, now)
        return found

    monkeypatch.setattr(MODULE, "take_batch", overtaken)
    add(5, now)
    taken, checkpoint = run_sequence(now)
    assert (taken, checkpoint.size) == (5, 5)


def test_an_entry_that_comes_to_lie_before_the_next_batch_is_taken_by_the_next_call(office, now, monkeypatch):
    monkeypatch.setattr(MODULE, "BATCH", 150)
    add(400, now)
    with db.use_role("sequencer"):
        taken, start = take_batch()
        assert (taken, start) == (150, "(1,0)")
        with connections["owner"].cursor() as cursor:
            cursor.execute("VACUUM audit_pending")
        add(5, now)  # into the space of the first batch
        left = 0
        while taken:
            taken, start = take_batch(start)
            left += taken
    assert left == 250
    assert run_sequence(now)[0] == 5
    assert run_verify().pending == 0


def test_the_gauges_of_the_queue(office, now):
    with db.use_role("auditor"):
        assert oldest_pending_seconds(now) == 0.0
        assert last_checkpoint_seconds(now) is None
    add(2, now)
    add(2, now - timedelta(seconds=40))
    with db.use_role("auditor"):
        assert oldest_pending_seconds(now) == pytest.approx(40, abs=0.001)
    run_sequence(now)
    with db.use_role("auditor"):
        assert oldest_pending_seconds(now) == 0.0
        assert last_checkpoint_seconds(now + timedelta(seconds=9)) == 9.0


def test_tiles_are_written_in_a_few_statements(office, now, django_assert_max_num_queries):
    add(4000, now)
    with db.use_role("sequencer"), django_assert_max_num_queries(10, using="sequencer"):
        take_batch()
