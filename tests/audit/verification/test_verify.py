"""Verifying the log: in worker processes, a range at a time, and which of several differences is reported."""

import sys
import threading
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.core.management import call_command
from django.db import connections

from audit import db_guards
from audit.errors import CannotCheckError, TamperedError
from audit.log import event_types, rfc3339
from audit.log.actors import machine
from audit.log.append import append
from audit.log.event_types import EventType
from audit.log.models import Entry
from audit.sequencer.sequence import sequence
from audit.verification import pool, worker
from audit.verification.verify import verify
from core import db

COUNTED = EventType("audit.test.counted", "counted {number}", {"number": int, "case": str})
#: the package names the verb as it names the module
MODULE = sys.modules["audit.verification.verify"]


@pytest.fixture(autouse=True)
def _own_checkpoint_dir(settings, tmp_path, monkeypatch):
    settings.AUDIT_CHECKPOINT_DIR = str(tmp_path / "checkpoints")
    monkeypatch.setitem(event_types._events, COUNTED.name, COUNTED)


@pytest.fixture(params=["here", "processes"])
def _reading(request, monkeypatch):
    """Read in this process and in others, in ranges and chunks so small that there are many."""
    if request.param == "processes":
        monkeypatch.setattr(MODULE, "PROCESSES_FROM", 1)
        monkeypatch.setattr(MODULE, "RANGE_SIZE", 40)
    monkeypatch.setattr(worker, "CHUNK", 16)


def add(count, now):
    with db.use_role("worker"), db.atomic():
        return [
            append(COUNTED, actor=machine("t"), subject=None, now=now, payload={"number": n, "case": None})
            for n in range(count)
        ]


def sequenced(count, now):
    entries = add(count, now)
    with db.use_role("sequencer"):
        sequence(now)
    return entries


def run_verify(seen=None):
    with db.use_role("auditor"):
        return verify(seen.append) if seen is not None else verify()


def past_the_triggers(monkeypatch, *statements):
    """Make changes that only the owner can, and skip the check of the schema: these tests are about the content."""
    monkeypatch.setattr(db_guards, "differences", lambda _cursor: [])
    with connections["owner"].cursor() as cursor:
        for table in ("audit_entry", "audit_leaf", "audit_pending"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in statements:
            cursor.execute(statement)


@pytest.mark.usefixtures("_reading")
def test_all_agrees_and_progress_ends_at_the_number_of_entries(office, now):
    sequenced(130, now)
    add(3, now)
    seen = []
    found = run_verify(seen)
    assert (found.entries, found.pending, seen[-1]) == (130, 3, 133)


@pytest.mark.tampering
@pytest.mark.usefixtures("_reading")
def test_of_many_faults_the_first_in_the_tree_is_named(office, now, monkeypatch):
    sequenced(130, now)
    past_the_triggers(
        monkeypatch,
        "UPDATE audit_entry SET actor = 'staff:x' WHERE id IN (SELECT entry FROM audit_leaf WHERE index IN (97, 23))",
        "DELETE FROM audit_entry WHERE id IN (SELECT entry FROM audit_leaf WHERE index = 51)",
        "DELETE FROM audit_leaf WHERE index = 110",
    )
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT entry FROM audit_leaf WHERE index = 23")
        victim = cursor.fetchone()[0]
    with pytest.raises(TamperedError, match=f"entry {victim}: column 'actor' differs from its bytes"):
        run_verify()


@pytest.mark.tampering
@pytest.mark.usefixtures("_reading")
@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("DELETE FROM audit_leaf WHERE index = 0", "leaf 0: it is missing"),
        ("DELETE FROM audit_leaf WHERE index = 64", "leaf 64: it is missing"),
        ("UPDATE audit_leaf SET entry = gen_random_uuid() WHERE index = 64", "gone from the table"),
        (
            "UPDATE audit_entry SET time = 'infinity' WHERE id IN (SELECT entry FROM audit_leaf WHERE index = 64)",
            "'time'",
        ),
        (
            "UPDATE audit_entry SET subject = '' WHERE id IN (SELECT entry FROM audit_leaf WHERE index = 64)",
            "'subject'",
        ),
        ("UPDATE audit_leaf SET hash = '\\x00' WHERE index = 64", "not the ones that were hashed"),
        (
            """ALTER TABLE audit_leaf DROP CONSTRAINT audit_leaf_entry_key;
               INSERT INTO audit_leaf SELECT 130, entry, hash FROM audit_leaf WHERE index = 64""",
            "it is in the tree twice",
        ),
        (
            """ALTER TABLE audit_leaf DROP CONSTRAINT audit_leaf_pkey;
               INSERT INTO audit_leaf SELECT 64, entry, leaf_hash FROM audit_pending WHERE ctid = '(0,1)';
               DELETE FROM audit_pending WHERE ctid = '(0,1)'""",
            "two entries have the same index",
        ),
        (
            """INSERT INTO audit_leaf SELECT -1, entry, leaf_hash FROM audit_pending WHERE ctid = '(0,1)';
               DELETE FROM audit_pending WHERE ctid = '(0,1)'""",
            "leaf -1: a leaf index is never negative",
        ),
        ("DELETE FROM audit_pending WHERE ctid = '(0,1)'", "neither in the tree nor pending"),
        ("UPDATE audit_pending SET leaf_hash = sha256('x')", "its pending hash is not that of its leaf"),
    ],
)
def test_what_is_missing_doubled_or_changed_is_named(office, now, monkeypatch, statement, sentence):
    sequenced(130, now)
    with connections["owner"].cursor() as cursor:
        cursor.execute("VACUUM audit_pending")
    add(2, now)
    past_the_triggers(monkeypatch, statement)
    with pytest.raises(TamperedError, match=sentence):
        run_verify()


_FORGED = "INSERT INTO audit_entry (id, leaf, time, actor, event, outcome) VALUES (%s, %s, %s, 'a', 'b', 'ok')"


@pytest.fixture
def _unstamped(office, monkeypatch):
    """As an owner can have it: nothing compares an entry's columns with its bytes when it is added."""
    monkeypatch.setattr(db_guards, "differences", lambda _cursor: [])
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER audit_stamped")


@pytest.mark.tampering
@pytest.mark.usefixtures("_unstamped")
@pytest.mark.parametrize("leaf", [b"not JSON", b"[]", b"null", b'{"id": 1}', b"\xff", b'{"payload": 3}'])
def test_bytes_that_are_no_entry_are_a_finding_and_no_crash(office, now, leaf):
    add(2, now)
    with db.use_role("worker"), db.connection().cursor() as cursor:
        cursor.execute(_FORGED, [uuid4(), leaf, now])
    with db.use_role("sequencer"):
        sequence(now)
    with pytest.raises(TamperedError, match="its bytes are not an entry's"):
        run_verify()


def test_a_worker_process_that_cannot_connect_is_reported_in_one_sentence(office, now, monkeypatch):
    sequenced(3, now)
    monkeypatch.setattr(MODULE, "PROCESSES_FROM", 1)
    connections["auditor"].ensure_connection()
    params = connections["auditor"].get_connection_params
    monkeypatch.setattr(connections["auditor"], "get_connection_params", lambda: {**params(), "password": "wrong"})
    with pytest.raises(CannotCheckError, match="stopped: OperationalError"):
        run_verify()


def test_a_worker_process_that_is_killed_is_reported_in_one_sentence(office, now, monkeypatch):
    sequenced(3, now)
    monkeypatch.setattr(MODULE, "PROCESSES_FROM", 1)
    monkeypatch.setattr(pool, "_RUN", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    with pytest.raises(CannotCheckError, match="stopped: it ended"):
        run_verify()


@pytest.mark.parametrize("is_production", [False, True])
@pytest.mark.parametrize("by", ["59 seconds", "61 seconds", "-61 seconds", "1 year"])
def test_entries_of_another_time_than_the_database_wrote_them_at_are_counted(
    office, settings, monkeypatch, capsys, by, is_production
):
    """As `written_at` is what authorises, an owner who changes it would bring an old entry back."""
    settings.IS_PRODUCTION = is_production
    add(3, datetime.now(UTC))
    past_the_triggers(
        monkeypatch,
        "UPDATE audit_entry SET written_at = time",
        f"UPDATE audit_entry SET written_at = time - interval '{by}' "
        "WHERE id = (SELECT max(id::text)::uuid FROM audit_entry)",
    )
    is_apart = by != "59 seconds"
    with db.use_role("auditor"):
        assert verify().misdated == int(is_apart)
        last = Entry.objects.latest("id").pk
    code = 0
    try:
        call_command("audit_verify")
    except SystemExit as ended:
        code = ended.code
    output = capsys.readouterr()
    assert (f"the first is entry {last}" in output.out + output.err) == is_apart
    assert ("ALARM: 1 entries" in output.err) == (is_apart and is_production)
    assert code == (2 if is_apart and is_production else 0) or "Cannot check" in output.err


def test_times_are_spelt_as_leaves_spell_them():
    epoch = datetime(2000, 1, 1, tzinfo=UTC)
    for microseconds in (0, 1, 59_999_999, 60_000_000, -1, 10**17 + 7, 830_000_000_100_000):
        assert worker._time(microseconds) == rfc3339.write(epoch + timedelta(microseconds=microseconds))
    assert worker._time(2**63 - 1) is None


@pytest.mark.tampering
@pytest.mark.usefixtures("_unstamped")
@pytest.mark.parametrize("number", [0, 2**128 - 1], ids=["lowest", "highest"])
def test_the_lowest_and_the_highest_id_are_read_too(office, now, number):
    with db.use_role("worker"), db.connection().cursor() as cursor:
        cursor.execute(_FORGED, [UUID(int=number), b"x", now])
    with pytest.raises(TamperedError, match=f"entry {UUID(int=number)}"):
        run_verify()


@pytest.mark.long
@pytest.mark.usefixtures("_reading")
def test_all_agrees_while_others_write_and_the_tree_grows(office, now):
    """The workers read one snapshot, so a log that grows meanwhile never counts as tampered with."""
    sequenced(130, now)
    stop, failed = threading.Event(), []

    def write():
        try:
            while not stop.is_set():
                sequenced(7, now)
        except Exception as error:  # noqa: BLE001 told to the test
            failed.append(error)
        finally:
            connections.close_all()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        sizes = [run_verify().entries for _ in range(8)]
    finally:
        stop.set()
        writer.join()
    assert failed == []
    assert sizes == sorted(sizes)
    assert sizes[-1] > sizes[0]
