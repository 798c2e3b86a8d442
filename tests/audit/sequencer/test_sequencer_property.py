"""Whatever the order of commits, rollbacks and crashes: one consistent tree, each signed one a prefix of the next."""

import sys
from contextlib import ExitStack
from datetime import timedelta

import pytest
from django.db import connections
from hypothesis import HealthCheck, example, given, settings, strategies as st

from audit.log import event_types
from audit.log.actors import machine
from audit.log.append import append
from audit.log.event_types import EventType
from audit.sequencer.sequence import sequence
from audit.verification.verify import verify
from core import db
from tests.audit.sequencer.test_sequencer import check_checkpoints

MODULE = sys.modules["audit.sequencer.sequence"]
COUNTED = EventType("audit.test.counted", "counted {number}", {"number": int})
WRITERS = ["default", "staff", "worker", "ingest", "auditor"]
POINTS = [
    "_lock_size", "_take", "_load_edge", "_store_leaves", "_widen_tiles", "_store_tiles", "_store_size", "take_batch",
    "sign_checkpoint", "_keep_checkpoint", "_publish",
]  # fmt: skip


class Killed(BaseException):
    """Replaces kill -9 in this process: nothing catches it, and the connection is closed."""


class Office:
    """Writers with open transactions, and a sequencer that may die."""

    def __init__(self, now):
        self.now = now
        self.open = {}
        self.committed = 0

    def write(self, writer, count):
        if writer not in self.open:
            stack = ExitStack()
            stack.enter_context(db.use_role(writer))
            stack.enter_context(db.atomic())
            self.open[writer] = [stack, 0]
            # The block stays open while other actions run under other roles.
            db._role.set(None)
        self.open[writer][1] += count
        with db.use_role(writer):
            for number in range(count):
                append(COUNTED, actor=machine("t"), subject=None, now=self.now, payload={"number": number})

    def end(self, writer, *, well):
        if writer not in self.open:
            return
        stack, count = self.open.pop(writer)
        if well:
            stack.close()
            self.committed += count
        else:
            with pytest.raises(ZeroDivisionError), stack:
                raise ZeroDivisionError
        db._role.set(None)

    def sequence(self):
        self.now += timedelta(seconds=1)
        with db.use_role("sequencer"):
            sequence(self.now)

    def sequence_and_die(self, point, after, at_call):
        calls = 0
        real = getattr(MODULE, point)

        def fatal(*arguments):
            nonlocal calls
            calls += 1
            if calls == at_call and not after:
                raise Killed
            found = real(*arguments)
            if calls == at_call:
                raise Killed
            return found

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(MODULE, point, fatal)
            try:
                self.sequence()
            except Killed:
                connections["sequencer"].close()


def actions():
    writer = st.sampled_from(WRITERS)
    write = st.builds(lambda w, n: ("write", (w, n), {}), writer, st.sampled_from([1, 3, 30, 130, 257]))
    end = st.builds(lambda w, well: ("end", (w,), {"well": well}), writer, st.sampled_from([True, True, False]))
    die = st.builds(
        lambda *choice: ("sequence_and_die", choice, {}), st.sampled_from(POINTS), st.booleans(), st.integers(1, 3)
    )
    return st.lists(st.one_of(write, end, st.just(("sequence", (), {})), die), min_size=2, max_size=14)


@example([("write", (WRITERS[0], 3), {}), ("end", (WRITERS[0],), {"well": True})], 100)  # so that something is written
@given(actions(), st.sampled_from([7, 100, 256, 10_000]))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def _hold(office_now, steps, batch):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MODULE, "BATCH", batch)
        before = count()
        office = Office(office_now)
        try:
            for name, arguments, options in steps:
                getattr(office, name)(*arguments, **options)
        finally:
            for writer in list(office.open):
                office.end(writer, well=False)
        office.sequence()
    with db.use_role("auditor"):
        found = verify()
    assert (found.entries, found.pending) == (before + office.committed, 0)
    check_checkpoints()


def count():
    with connections["auditor"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_entry")
        return cursor.fetchone()[0]


def test_any_order_of_commits_and_crashes_yields_one_consistent_tree(office, now, monkeypatch, tmp_path):
    """The log cannot be emptied between examples: each goes on where the last one ended, which is a harder test."""
    from django.conf import settings as office_settings

    monkeypatch.setattr(office_settings, "AUDIT_CHECKPOINT_DIR", str(tmp_path))
    monkeypatch.setitem(event_types._events, COUNTED.name, COUNTED)
    _hold(now)
    assert count() > 0
