"""Rows of the pending table that only its owner can make: named, and they delay no other entry."""

import logging
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connections

from audit.errors import TamperedError
from audit.log import event_types
from audit.log.actors import machine
from audit.log.append import append
from audit.log.event_types import EventType
from audit.publishing.metrics import oldest_pending_seconds
from audit.sequencer.sequence import sequence
from audit.tasks import sequence_pending
from audit.tree.models import Leaf
from audit.verification.verify import verify
from core import db

COUNTED = EventType("audit.test.counted", "counted {number}", {"number": int})
AGAIN = "INSERT INTO audit_pending SELECT id, sha256('\\x00'::bytea || leaf) FROM audit_entry ORDER BY id LIMIT 1"
OTHER_HASH = "INSERT INTO audit_pending SELECT id, sha256('x') FROM audit_entry ORDER BY id LIMIT 1"
NOBODYS = "INSERT INTO audit_pending VALUES ('00000000-0000-4000-8000-000000000001', sha256('x'))"

pytestmark = pytest.mark.tampering


@pytest.fixture(autouse=True)
def _own_checkpoint_dir(settings, tmp_path, monkeypatch):
    settings.AUDIT_CHECKPOINT_DIR = str(tmp_path / "checkpoints")
    monkeypatch.setitem(event_types._events, COUNTED.name, COUNTED)


def add(count, now):
    with db.use_role("worker"), db.atomic():
        return [append(COUNTED, actor=machine("t"), subject=None, now=now, payload={"number": n}) for n in range(count)]


def sequenced(now):
    with db.use_role("sequencer"):
        return sequence(now)


def as_owner(statement):
    with connections["owner"].cursor() as cursor:
        cursor.execute(statement)


def named(sentence):
    with db.use_role("auditor"), pytest.raises(TamperedError, match=sentence):
        verify()


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        (AGAIN, "entry {first}: it is pending, and in the tree already"),
        (OTHER_HASH, "entry {first}: it is pending, and in the tree already"),
        (NOBODYS, "entry 00000000-0000-4000-8000-000000000001: it is pending, and there is no such entry"),
    ],
)
def test_a_row_that_cannot_go_into_the_tree_is_named_and_the_rest_goes_on(office, now, caplog, statement, sentence):
    first = add(3, now)[0]
    sequenced(now)
    as_owner(statement)
    sentence = sentence.format(first=first)
    named(sentence)
    add(4, now)
    taken, checkpoint = sequenced(now)
    assert (taken, checkpoint.size) == (4, 7)
    named(sentence)
    errors = StringIO()
    with pytest.raises(SystemExit, match="1"):
        call_command("audit_sequence", stdout=StringIO(), stderr=errors)
    assert errors.getvalue() == f"TAMPERED: {sentence}\n"
    with caplog.at_level(logging.CRITICAL):
        sequence_pending()
    assert sentence in caplog.text


@pytest.mark.parametrize("statement", [AGAIN, OTHER_HASH])
def test_an_entry_that_waits_twice_is_named_and_goes_into_the_tree_once(office, now, statement):
    first = add(3, now)[0]
    as_owner(statement)
    named(f"entry {first}: ")
    assert sequenced(now)[0] == 3
    with db.use_role("auditor"):
        assert Leaf.objects.filter(entry=first).count() == 1
    named(f"entry {first}: it is pending, and in the tree already")
    as_owner("DELETE FROM audit_pending")
    with db.use_role("auditor"):
        assert verify().entries == 3


def test_a_changed_hash_never_gets_into_the_tree(office, now):
    """Else the tree would disagree with the entry for ever."""
    [first, *_] = add(3, now)
    as_owner(f"UPDATE audit_pending SET leaf_hash = sha256('x') WHERE entry = '{first}'")
    assert sequenced(now)[0] == 2
    named(f"entry {first}: its pending hash is not that of its leaf")
    as_owner(
        "UPDATE audit_pending p SET leaf_hash = sha256('\\x00'::bytea || e.leaf) "
        "FROM audit_entry e WHERE e.id = p.entry"
    )
    assert sequenced(now)[0] == 1
    with db.use_role("auditor"):
        assert verify().entries == 3


@pytest.mark.parametrize("entry", ["00000000-0000-4000-8000-000000000001", "ffffffff-ffff-7fff-bfff-ffffffffffff"])
def test_an_id_without_an_instant_is_no_fault_of_the_metric(office, now, entry):
    as_owner(f"INSERT INTO audit_pending VALUES ('{entry}', sha256('x'))")
    with db.use_role("auditor"):
        assert oldest_pending_seconds(now) >= 0.0
