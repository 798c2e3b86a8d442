"""Changing the log's signing key: an overlap in which both sign, its entries, and old checkpoints, which stay valid."""

import sys
from datetime import timedelta

import pytest
from django.core.management import call_command

from audit.errors import KeyRotationError
from audit.log import event_types
from audit.log.actors import machine
from audit.log.append import append
from audit.log.event_types import EventType
from audit.log.events import KEY_ROTATED
from audit.log.heartbeat import write_heartbeat
from audit.log.models import Entry
from audit.merkle.checkpoint import open_checkpoint
from audit.merkle.signed_notes import Note, NoteError, Signer
from audit.sequencer.rotate_key import begin_rotation, finish_rotation
from audit.sequencer.sequence import sequence
from audit.verification.verify import verify
from core import db

ORIGIN = "omegaoffice.example/log"
OLD, NEW = "11" * 32, "22" * 32
OLD_KEY, NEW_KEY = (Signer(ORIGIN, bytes.fromhex(seed)).verifier for seed in (OLD, NEW))
OPERATOR = machine("operator")


@pytest.fixture(autouse=True)
def _own_checkpoint_dir(settings, tmp_path):
    settings.AUDIT_CHECKPOINT_DIR = str(tmp_path / "checkpoints")
    settings.OFFICE_LOG_KEY, settings.OFFICE_LOG_NEXT_KEY = OLD, ""
    settings.OFFICE_LOG_VERIFIERS = []


def grow(now):
    with db.use_role("sequencer"):
        write_heartbeat(now)
        return sequence(now)[1]


def begin(now):
    with db.use_role("sequencer"):
        return begin_rotation(actor=OPERATOR, now=now)


def finish(now):
    with db.use_role("sequencer"):
        return finish_rotation(actor=OPERATOR, now=now)


def run_verify():
    with db.use_role("auditor"):
        return verify()


def key_ids(checkpoint):
    return [line.key_id for line in Note.parse(checkpoint.note.encode()).signatures]


def test_a_whole_rotation(office, now, settings):
    before = grow(now)
    settings.OFFICE_LOG_NEXT_KEY = NEW
    settings.OFFICE_LOG_VERIFIERS = [OLD_KEY.encode(), NEW_KEY.encode()]
    first = begin(now)
    during = grow(now)
    # In the overlap who knows one key alone is served, whichever it is.
    for checkpoint in (first, during):
        assert key_ids(checkpoint) == [OLD_KEY.key_id, NEW_KEY.key_id]
        for key in (OLD_KEY, NEW_KEY):
            assert open_checkpoint(checkpoint.note.encode(), ORIGIN, [key]).size == checkpoint.size
    last = finish(now)
    settings.OFFICE_LOG_KEY, settings.OFFICE_LOG_NEXT_KEY = NEW, ""
    after = grow(now)
    assert key_ids(before) == [OLD_KEY.key_id]
    assert key_ids(last) == [OLD_KEY.key_id, NEW_KEY.key_id]
    assert key_ids(after) == [NEW_KEY.key_id]
    assert run_verify().checkpoints == 5
    with db.use_role("auditor"):
        leaves = [bytes(entry.leaf) for entry in Entry.objects.filter(event="audit.key.rotated").order_by("id")]
    assert [b'"phase":"begun"' in leaf for leaf in leaves] == [True, False]
    assert all(NEW_KEY.encode().encode() in leaf and OLD_KEY.encode().encode() in leaf for leaf in leaves)
    assert all(seed.encode() not in leaf for leaf in leaves for seed in (OLD, NEW))
    # Whoever has the old key alone rejects what the new key alone signed.
    with pytest.raises(NoteError, match="no known key"):
        open_checkpoint(after.note.encode(), ORIGIN, [OLD_KEY])


def test_without_the_old_key_among_the_verifiers_old_checkpoints_are_not_believed(office, now, settings):
    grow(now)
    settings.OFFICE_LOG_KEY, settings.OFFICE_LOG_VERIFIERS = NEW, [NEW_KEY.encode()]
    with pytest.raises(Exception, match="no known key signed the note"):
        run_verify()


def test_each_step_may_be_repeated(office, now, settings):
    settings.OFFICE_LOG_NEXT_KEY = NEW
    settings.OFFICE_LOG_VERIFIERS = [OLD_KEY.encode(), NEW_KEY.encode()]
    assert begin(now).size == begin(now + timedelta(minutes=1)).size == 1
    assert finish(now).size == finish(now + timedelta(minutes=1)).size == 2
    assert begin(now).size == 2


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "must both be set"),
        ({"OFFICE_LOG_NEXT_KEY": OLD}, "the same key"),
        ({"OFFICE_LOG_NEXT_KEY": NEW, "OFFICE_LOG_VERIFIERS": [OLD_KEY.encode()]}, "must name omegaoffice.example/log"),
    ],
)
def test_a_beginning_that_is_not_possible_is_named_and_writes_nothing(office, now, settings, changes, sentence):
    for name, value in changes.items():
        setattr(settings, name, value)
    with pytest.raises(KeyRotationError, match=sentence):
        begin(now)
    with db.use_role("auditor"):
        assert not Entry.objects.exists()


def test_a_worker_that_signs_with_the_old_key_alone_is_noticed(office, now, settings, monkeypatch):
    module = sys.modules["audit.sequencer.rotate_key"]

    def overtaken(at):
        settings.OFFICE_LOG_NEXT_KEY = ""
        sequence(at)
        settings.OFFICE_LOG_NEXT_KEY = NEW
        return sequence(at)

    settings.OFFICE_LOG_NEXT_KEY = NEW
    monkeypatch.setattr(module, "sequence", overtaken)
    with pytest.raises(KeyRotationError, match="a worker runs with the old key alone"):
        begin(now)
    monkeypatch.undo()
    grow(now)
    assert begin(now).size == 2


def test_finishing_needs_a_beginning_and_a_list_of_verifiers(office, now, settings):
    settings.OFFICE_LOG_NEXT_KEY = NEW
    with pytest.raises(KeyRotationError, match="has not begun"):
        finish(now)
    begin(now)
    with pytest.raises(KeyRotationError, match="OFFICE_LOG_VERIFIERS must name both keys"):
        finish(now)


def test_the_command_leads_through(office, now, settings, capsys):
    def run(step):
        call_command("audit_rotate_key", step)
        return capsys.readouterr().out

    assert run("status") == f"signs: {OLD_KEY.encode()}\nvouches: {OLD_KEY.encode()}\n"
    settings.OFFICE_LOG_NEXT_KEY = NEW
    assert "The change of keys: not begun." in run("status")
    begun = run("begin")
    assert begun.endswith(f"{NEW_KEY.encode()}\n")
    status = run("status")
    assert f"is signed by {OLD_KEY.key_id.hex()} and {NEW_KEY.key_id.hex()}." in status
    assert "The change of keys: begun." in status
    with pytest.raises(SystemExit) as code:
        run("finish")
    assert code.value.code == 2
    assert "OFFICE_LOG_VERIFIERS" in capsys.readouterr().err
    settings.OFFICE_LOG_VERIFIERS = [OLD_KEY.encode(), NEW_KEY.encode()]
    done = run("finish")
    assert done.endswith(f"{NEW_KEY.encode()} {OLD_KEY.encode()}\n")
    assert NEW not in begun + status + done
    assert OLD not in begun + status + done


def test_a_seed_that_is_none_is_named(office, settings, capsys):
    settings.OFFICE_LOG_NEXT_KEY = "not hex"
    with pytest.raises(SystemExit) as code:
        call_command("audit_rotate_key", "status")
    assert code.value.code == 2
    assert capsys.readouterr().err == "OFFICE_LOG_NEXT_KEY must be 64 hex digits.\n"


def test_an_entry_of_the_kind_that_names_no_key_stops_no_rotation(office, now, settings, monkeypatch):
    grow(now)
    silent = EventType(KEY_ROTATED.name, "rotated")
    with monkeypatch.context() as patched:
        patched.setitem(event_types._events, silent.name, silent)
        with db.use_role("worker"), db.atomic():
            append(silent, actor=machine("thief"), subject=None, now=now)
    settings.OFFICE_LOG_NEXT_KEY = NEW
    settings.OFFICE_LOG_VERIFIERS = [OLD_KEY.encode(), NEW_KEY.encode()]
    begin(now)
    finish(now)
