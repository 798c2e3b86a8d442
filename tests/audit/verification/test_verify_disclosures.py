"""Disclosures that were taken away, added, moved or cut are named by reading the log again, without any key."""

import sys

import orjson
import psycopg
import pytest
from django.db import connections
from hypothesis import given, strategies as st

from audit import db_guards
from audit.erasure.crypto_shred import crypto_shred_subject
from audit.errors import TamperedError
from audit.log import canonical_json, disclosure_holders, event_types
from audit.log.actors import ANONYMOUS, Actor, machine
from audit.log.append import append
from audit.log.event_types import EventType
from audit.log.events import SUBJECT_SHREDDED
from audit.log.labels import ErasureGround
from audit.log.models import Entry
from audit.merkle.hashing import leaf_hash
from audit.sequencer.sequence import sequence
from audit.verification import worker
from audit.verification.verify import verify
from core import db
from vault.services import forget_cached_keys

NAMED = EventType("audit.test.told", "told", personal={"name": "subject", "note": "actor", "place": "both"})
OF_SUBJECT = EventType("audit.test.named", "named", personal={"name": "subject"})
A, B = "a" * 32, "b" * 32
STAFF = Actor("staff", B)


@pytest.fixture(autouse=True)
def _own_checkpoint_dir(settings, tmp_path, monkeypatch):
    settings.AUDIT_CHECKPOINT_DIR = str(tmp_path / "checkpoints")
    for event in (NAMED, OF_SUBJECT):
        monkeypatch.setitem(event_types._events, event.name, event)


@pytest.fixture(params=["here", "processes"])
def _reading(request, monkeypatch):
    if request.param == "processes":
        module = sys.modules["audit.verification.verify"]
        monkeypatch.setattr(module, "PROCESSES_FROM", 1)
        monkeypatch.setattr(module, "RANGE_SIZE", 4)


@pytest.fixture
def _log(office, now):
    """A log with entries of every kind of holder: encrypted under a subject's key, an actor's, both, nobody's."""
    everything = {"name": "Layla", "note": "n", "place": "p"}
    with db.use_role("worker"), db.atomic():
        append(NAMED, actor=STAFF, subject=A, now=now, personal=everything)
        append(OF_SUBJECT, actor=STAFF, subject=A, now=now, personal={"name": "Layla"})
        append(NAMED, actor=machine("t"), subject=None, now=now, personal=everything)
        append(NAMED, actor=ANONYMOUS, subject=A, now=now, personal={"name": "Layla"})
        append(OF_SUBJECT, actor=STAFF, subject=A, now=now, personal={"name": ""})
    with db.use_role("sequencer"):
        sequence(now)


def run_verify():
    with db.use_role("auditor"):
        return verify()


def as_owner(monkeypatch, statement):
    monkeypatch.setattr(db_guards, "differences", lambda _cursor: [])
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE audit_disclosure DISABLE TRIGGER USER")
        cursor.execute(statement)
        assert cursor.rowcount > 0


@pytest.mark.usefixtures("_log", "_reading")
def test_what_nobody_touched_agrees():
    assert run_verify().entries >= 5


@pytest.mark.tampering
@pytest.mark.usefixtures("_log", "_reading")
@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("DELETE FROM audit_disclosure", worker.LOST),
        (f"DELETE FROM audit_disclosure WHERE holder = '{A}'", worker.LOST),
        (f"DELETE FROM audit_disclosure WHERE holder = '{B}'", worker.LOST),
        ("UPDATE audit_disclosure SET sealed = substr(sealed, 1, 20)", "not in the vault's format"),
        ("UPDATE audit_disclosure SET sealed = ''", "not in the vault's format"),
        ("UPDATE audit_disclosure SET sealed = '\\x02' || substr(sealed, 2)", "not in the vault's format"),
        (f"UPDATE audit_disclosure SET holder = '{'c' * 32}' WHERE holder = '{A}'", "not its holder's"),
        ("UPDATE audit_disclosure SET entry = gen_random_uuid()", "missing|entry does not"),
        (
            f"INSERT INTO audit_disclosure SELECT gen_random_uuid(), '{A}', sealed FROM audit_disclosure LIMIT 1",
            "it is missing, and its disclosures are there",
        ),
        (
            f"""INSERT INTO audit_disclosure SELECT e.id, '{A}', decode(repeat('01', 99), 'hex') FROM audit_entry e
                LEFT JOIN audit_disclosure d ON d.entry = e.id WHERE d.entry IS NULL LIMIT 1""",
            "not its holder's",
        ),
    ],
)
def test_what_was_done_to_disclosures_is_named(monkeypatch, statement, sentence):
    as_owner(monkeypatch, statement)
    with pytest.raises(TamperedError, match=sentence):
        run_verify()


@pytest.mark.tampering
@pytest.mark.usefixtures("_log")
def test_a_disclosure_of_an_entry_that_waits_for_the_tree_is_missed_too(now, monkeypatch):
    with db.use_role("worker"), db.atomic():
        entry = append(OF_SUBJECT, actor=STAFF, subject=A, now=now, personal={"name": "Layla"})
    as_owner(monkeypatch, f"DELETE FROM audit_disclosure WHERE entry = '{entry}'")
    with pytest.raises(TamperedError, match=f"entry {entry}: {worker.LOST}"):
        run_verify()


@pytest.mark.usefixtures("_log", "_reading")
def test_an_erased_person_has_none_before_and_after_and_nothing_is_amiss(now):
    with db.use_role("worker"):
        crypto_shred_subject(A, actor=machine("t"), ground=ErasureGround.CLOSED, now=now)
        forget_cached_keys()
        with db.atomic():
            append(OF_SUBJECT, actor=STAFF, subject=A, now=now, personal={"name": "Layla"})
    assert run_verify().pending > 0


def leaf_of(actor, subject, digests):
    return {"event": "x.y.z", "event_version": 1, "actor": actor, "subject": subject, "sd": ["d"] * digests}


@given(st.data())
def test_holders_are_those_that_appending_gives_whatever_fields_were_there(data):
    rules = data.draw(st.lists(st.sampled_from(["subject", "actor", "both"]), min_size=1, max_size=4))
    given_ = data.draw(st.lists(st.booleans(), min_size=len(rules), max_size=len(rules)))
    subject = data.draw(st.sampled_from([A, B, None]))
    actor = data.draw(st.sampled_from([f"staff:{B}", f"user:{A}", "machine:worker", "anonymous:"]))
    person = actor.partition(":")[2] if actor.startswith(("staff", "user")) else ""
    real = set()
    for rule, there in zip(rules, given_, strict=True):
        if there and subject and rule != "actor":
            real.add(subject)
        if there and person and rule != "subject":
            real.add(person)
    found = disclosure_holders.holders_of(leaf_of(actor, subject, sum(given_)), {"x.y.z@1": rules})
    assert found.must <= real <= found.may
    if all(given_):
        assert found.must == real == found.may


def test_who_was_erased_is_queried_once_however_many_entries_name_them(office, now, monkeypatch):
    with db.use_role("worker"):
        with db.atomic():
            for _ in range(20):
                append(OF_SUBJECT, actor=machine("t"), subject=A, now=now, personal={"name": "Layla"})
        crypto_shred_subject(A, actor=machine("t"), ground=ErasureGround.DELETION, now=now)
    asked = []
    execute = psycopg.Cursor.execute

    def counting(cursor, query, *args, **kwargs):
        asked.append(query)
        return execute(cursor, query, *args, **kwargs)

    monkeypatch.setattr(psycopg.Cursor, "execute", counting)
    run_verify()
    assert asked.count(worker._ERASED) == 1


def test_an_entry_that_says_an_erasure_was_refused_excuses_no_missing_detail_and_stops_no_erasure(office, now):
    with db.use_role("worker"), db.atomic():
        append(OF_SUBJECT, actor=machine("t"), subject=A, now=now, personal={"name": "Layla"})
        ground = {"ground": ErasureGround.DELETION.value}
        append(SUBJECT_SHREDDED, actor=machine("t"), subject=A, now=now, payload=ground, outcome="refused")
    with db.use_role("worker"):
        done = crypto_shred_subject(A, actor=machine("t"), ground=ErasureGround.DELETION, now=now)
    assert done.disclosures == 1
    assert run_verify().pending == 4  # the last says how long the journal of erasures is


@pytest.mark.tampering
@pytest.mark.parametrize("sd", [None, {}, 1])
def test_an_entry_without_its_list_of_digests_is_named(office, now, monkeypatch, sd):
    with db.use_role("worker"), db.atomic():
        entry = append(OF_SUBJECT, actor=machine("t"), subject=None, now=now)
    with db.use_role("auditor"):
        leaf = canonical_json.encode(orjson.loads(bytes(Entry.objects.get(id=entry).leaf)) | {"sd": sd})
    monkeypatch.setattr(db_guards, "differences", lambda _cursor: [])
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER USER")
        cursor.execute("ALTER TABLE audit_pending DISABLE TRIGGER USER")
        cursor.execute("UPDATE audit_entry SET leaf = %s WHERE id = %s", [leaf, entry])
        cursor.execute("UPDATE audit_pending SET leaf_hash = %s", [leaf_hash(leaf)])
    with pytest.raises(TamperedError, match=f"entry {entry}: its bytes are not an entry's"):
        run_verify()
