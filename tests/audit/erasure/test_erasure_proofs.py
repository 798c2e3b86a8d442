"""What was exported before an erasure verifies after it: a receipt, and a bundle with the person's details in it."""

import pytest

from audit.erasure.crypto_shred import crypto_shred_subject
from audit.exports.bundle import verify
from audit.log.append import append
from audit.log.labels import ErasureGround
from audit.search.filters import Filter
from audit.tree import checkpoints
from audit.tree.prover import make_receipt
from core import db
from tests.audit.exports import bundles
from tests.audit.exports.test_verify_script import run_alone

PERSON = "b" * 32


@pytest.fixture(autouse=True)
def _own_checkpoint_dir(settings, tmp_path, monkeypatch):
    bundles.prepare(settings, tmp_path, monkeypatch)


@pytest.fixture
def entry(office, now):
    with db.use_role("staff"), db.atomic():
        return append(
            bundles.NAMED,
            actor=bundles.AUDITOR,
            subject=PERSON,
            now=now,
            payload={"case": bundles.CASE},
            personal={"staff_name": "Omar", "both": "seen"},
        )


def erase(now):
    with db.use_role("worker"):
        crypto_shred_subject(PERSON, actor=bundles.AUDITOR, ground=ErasureGround.DELETION, now=now)


def exported(now, path):
    bundles.add(3, now)
    export = bundles.ask(now, Filter(case=bundles.CASE), disclose_staff=True)
    assert bundles.run(export, now)
    path.write_bytes(bundles.fetch(bundles.fresh(export), now))
    return path


def test_a_bundle_from_before_agrees_and_one_from_after_too(entry, now, tmp_path):
    key = checkpoints.verifiers()[0].encode()
    before = exported(now, tmp_path / "before")
    erase(now)
    after = exported(now, tmp_path / "after")
    for path in (before, after):
        done = run_alone("-W", "error", bundles.VERIFY, path, "--key", key)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_a_receipt_from_before_agrees_and_one_from_after_too(entry, now, tmp_path):
    bundles.add(3, now)
    bundles.export_files(now)
    key = checkpoints.verifiers()[0].encode()
    with db.use_role("auditor"):
        before = make_receipt(entry).encode()
    erase(now)
    bundles.export_files(now)
    with db.use_role("auditor"):
        after = make_receipt(entry).encode()
    for number, receipt in enumerate((before, after)):
        path = tmp_path / f"{number}.tlog-proof"
        path.write_bytes(receipt)
        assert verify.main([str(path), "--key", key]) == 0
