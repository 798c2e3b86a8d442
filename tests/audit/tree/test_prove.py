"""Proofs from the stored log: receipts that verify offline, growth between signed sizes, and what cannot be proved."""

import uuid
from base64 import b64decode

import pytest
from django.core.management import CommandError, call_command

from audit.errors import NotInLogError, NotSignedYetError
from audit.log import event_types
from audit.log.actors import machine
from audit.log.append import append
from audit.log.event_types import EventType
from audit.merkle.checkpoint import Checkpoint
from audit.merkle.hashing import leaf_hash, root_of
from audit.merkle.proofs import ProofError
from audit.merkle.signed_notes import Note, Signature, Signer
from audit.merkle.tlog_proofs import Receipt
from audit.sequencer.sequence import sequence, take_batch
from audit.tree import checkpoints, prover
from audit.tree.models import Cosignature, Leaf
from core import db
from tests.audit.merkle.consistency import check_consistency

COUNTED = EventType("audit.test.counted", "counted {number}", {"number": int})


@pytest.fixture(autouse=True)
def _own_checkpoint_dir(settings, tmp_path, monkeypatch):
    settings.AUDIT_CHECKPOINT_DIR = str(tmp_path / "checkpoints")
    monkeypatch.setitem(event_types._events, COUNTED.name, COUNTED)


@pytest.fixture
def log(office, now):
    """Return a function that adds entries, and by default signs the tree."""

    def add(count, *, subject=None, take=True):
        with db.use_role("worker"), db.atomic():
            made = [
                append(COUNTED, actor=machine("t"), subject=subject, now=now, payload={"number": n})
                for n in range(count)
            ]
        if take:
            with db.use_role("sequencer"):
                sequence(now)
        return made

    return add


def opened(data):
    return Receipt.parse(data).check(checkpoints.signer().name, checkpoints.verifiers())


def test_every_entry_has_a_receipt_that_verifies_against_the_latest_checkpoint(log):
    entries = [*log(300), *log(5), *log(1)]
    with db.use_role("auditor"):
        for entry in entries[::50] + entries[-6:]:
            receipt = prover.make_receipt(entry)
            assert opened(receipt.encode()).size == 306
            assert str(entry) in receipt.leaf.decode()


@pytest.mark.parametrize("role", ["default", "staff", "sequencer", "auditor"])
def test_a_receipt_takes_two_queries(log, django_assert_num_queries, role):
    entry, *_ = log(3, subject="a" * 32)
    with db.use_role(role), db.row_security_for("a" * 32), django_assert_num_queries(2, using=role):
        prover.make_receipt(entry)


def test_an_entry_about_somebody_else_is_not_found(log):
    (entry,) = log(1, subject="a" * 32)
    with db.use_role("auditor"):
        assert prover.make_receipt(entry, subject="a" * 32).index == 0
        with pytest.raises(NotInLogError):
            prover.make_receipt(entry, subject="b" * 32)
    with db.row_security_for("b" * 32), pytest.raises(NotInLogError):
        prover.make_receipt(entry)


def test_an_entry_outside_a_signed_tree_has_none_yet(log):
    (entry,) = log(1, take=False)
    with db.use_role("auditor"), pytest.raises(NotSignedYetError, match="a few seconds"):
        prover.make_receipt(entry)
    with db.use_role("sequencer"):
        take_batch()
    with db.use_role("auditor"), pytest.raises(NotSignedYetError):
        prover.make_receipt(entry)


def test_a_receipt_hangs_on_what_witnesses_saw(log, now):
    first, later = log(3)[1], log(4)[1]
    line = Signature("witness.example", b"seen", bytes(72)).encode()
    with db.use_role("sequencer"):
        Cosignature.objects.create(size=3, witness="witness.example", key_id=b"seen".hex(), signed_at=now, line=line)
    with db.use_role("auditor"):
        seen, newest = prover.make_receipt(first), prover.make_receipt(later)
        assert prover.prove_consistency(2, 3).endswith(b"\n\n" + seen.checkpoint)
        assert prover.signed_checkpoint() == newest.checkpoint
    assert (opened(seen.encode()).size, opened(newest.encode()).size) == (3, 7)
    assert seen.checkpoint.decode().endswith(line + "\n")
    assert line not in newest.checkpoint.decode()


def test_growth_between_signed_sizes_in_the_form_that_witnesses_take(log, django_assert_num_queries):
    log(7)
    log(300)
    with db.use_role("auditor"):
        hashes = [bytes(leaf.hash) for leaf in Leaf.objects.order_by("index")]
        for old in (1, 7, 300, 307):
            head, _, note = prover.prove_consistency(old, 307).partition(b"\n\n")
            first, *proof = head.decode().split("\n")
            assert first == f"old {old}"
            check_consistency(old, 307, root_of(hashes[:old]), root_of(hashes), [b64decode(line) for line in proof])
            assert checkpoints.opened(note) == Checkpoint(checkpoints.signer().name, 307, root_of(hashes))
        with django_assert_num_queries(2, using="auditor"):
            prover.prove_consistency(7, 307)


def test_a_size_that_was_not_signed_is_named(log):
    with db.use_role("auditor"), pytest.raises(NotSignedYetError, match="size 5; the latest is at 0"):
        prover.prove_consistency(1, 5)
    log(7)
    with db.use_role("auditor"):
        with pytest.raises(NotSignedYetError, match="size 5; the latest is at 7"):
            prover.prove_consistency(1, 5)
        for sizes in ((0, 7), (-1, 7), (7, 6), (1, 2**63)):
            with pytest.raises(ProofError):
                prover.prove_consistency(*sizes)


def test_the_command_writes_a_receipt_that_it_checks_without_the_database(log, tmp_path, capsys):
    (*_, entry) = log(9)
    path = tmp_path / "entry.tlog-proof"
    call_command("audit_prove", str(entry), out=path)
    call_command("audit_prove", str(entry))
    assert capsys.readouterr().out.encode() == path.read_bytes()
    call_command("audit_prove", check=path, key=checkpoints.signer().verifier.encode())
    output = capsys.readouterr().out
    assert f"Proved: entry {entry} (audit.test.counted, " in output
    assert "the tree of 9 entries" in output


def test_the_command_proves_growth(log, capsys):
    log(3)
    log(4)
    call_command("audit_prove", "--from", "3", "--to", "7")
    text = capsys.readouterr().out
    assert text.startswith("old 3\n")
    assert Note.parse(text.partition("\n\n")[2].encode()).text.split("\n")[1] == "7"


KEY = Signer("elsewhere.example/log", b"k" * 32)
LEAF = b"\x1b[31m not of ours"
RECEIPT = Receipt(LEAF, 0, (), Checkpoint(KEY.name, 1, leaf_hash(LEAF)).sign(KEY))


def stopped(capsys, *arguments, **options):
    with pytest.raises(SystemExit) as code:
        call_command("audit_prove", *arguments, **options)
    return code.value.code, capsys.readouterr().err


def test_a_receipt_is_checked_where_there_is_no_database_at_all(tmp_path, capsys):
    """Without the fixture of the office, any query would be refused."""
    path = tmp_path / "receipt"
    path.write_bytes(RECEIPT.encode())
    call_command("audit_prove", check=path, key=KEY.verifier.encode())
    assert f"a record of {len(LEAF)} bytes" in capsys.readouterr().out

    path.write_bytes(Receipt(b"other", 0, (), RECEIPT.checkpoint).encode())
    assert stopped(capsys, check=path, key=KEY.verifier.encode()) == (
        1,
        "NOT PROVED: proof: the proof does not lead to the root.\n",
    )
    stranger = Signer(KEY.name, b"x" * 32).verifier.encode()
    assert stopped(capsys, check=path, key=stranger)[0] == 1
    path.write_bytes(b"\xff\n\n\xfe")
    assert stopped(capsys, check=path, key=stranger) == (
        2,
        "Not a receipt: the proof above the checkpoint is ASCII text.\n",
    )
    assert stopped(capsys, check=tmp_path / "none", key=stranger) == (2, "--check: No such file or directory.\n")
    assert stopped(capsys, check=path, key="x")[1].startswith("--key: ")
    assert stopped(capsys, check=path)[0] == 2


@pytest.mark.parametrize(
    "arguments", [[], ["--from", "1"], ["--to", "1"], [str(uuid.uuid4()), "--from", "1", "--to", "2"]]
)
def test_one_thing_is_to_be_named(arguments, capsys):
    code, output = stopped(capsys, *arguments)
    assert (code, output.startswith("Name one thing")) == (2, True)


def test_what_cannot_be_proved_is_reported_in_a_sentence(log, capsys, tmp_path):
    (entry,) = log(1)
    missing = uuid.uuid4()
    assert stopped(capsys, str(missing)) == (2, f"There is no entry {missing} in the log.\n")
    assert stopped(capsys, "--from", "1", "--to", "9")[0] == 2
    assert stopped(capsys, "--from", "0", "--to", "1")[0] == 2
    assert stopped(capsys, str(entry), out=tmp_path / "no" / "folder") == (2, "--out: No such file or directory.\n")
    with pytest.raises(CommandError, match="invalid UUID"):
        call_command("audit_prove", "7")
