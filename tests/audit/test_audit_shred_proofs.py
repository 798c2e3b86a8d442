"""What was handed out before an erasure verifies after it: a receipt, and a bundle with the person's details in it."""

import pytest

from audit import checkpoints, sides
from audit.bundle import verify
from audit.erasure import Ground
from audit.filters import Filter
from audit.proving import make_receipt
from audit.services import append, shred_subject
from tests.audit import bundles
from tests.audit.test_audit_verify_script import run_alone

PERSON = "b" * 32


@pytest.fixture(autouse=True)
def _own_place(settings, tmp_path, monkeypatch):
    bundles.prepare(settings, tmp_path, monkeypatch)


@pytest.fixture
def entry(office, now):
    with sides.acting("staff"), sides.atomic():
        return append(
            bundles.NAMED,
            actor=bundles.AUDITOR,
            subject=PERSON,
            now=now,
            payload={"case": bundles.CASE},
            personal={"staff_name": "Omar", "both": "seen"},
        )


def shred(now):
    with sides.acting("worker"):
        shred_subject(PERSON, actor=bundles.AUDITOR, ground=Ground.DELETION, now=now)


def exported(now, path):
    bundles.add(3, now)
    export = bundles.ask(now, Filter(case=bundles.CASE), disclose_staff=True)
    assert bundles.run(export, now)
    path.write_bytes(bundles.fetch(bundles.fresh(export), now))
    return path


def test_a_bundle_from_before_agrees_and_one_from_after_too(entry, now, tmp_path):
    key = checkpoints.verifiers()[0].encode()
    before = exported(now, tmp_path / "before")
    shred(now)
    after = exported(now, tmp_path / "after")
    for path in (before, after):
        done = run_alone("-W", "error", bundles.VERIFY, path, "--key", key)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_a_receipt_from_before_agrees_and_one_from_after_too(entry, now, tmp_path):
    bundles.add(3, now)
    bundles.export_files(now)
    key = checkpoints.verifiers()[0].encode()
    with sides.acting("auditor"):
        before = make_receipt(entry).encode()
    shred(now)
    bundles.export_files(now)
    with sides.acting("auditor"):
        after = make_receipt(entry).encode()
    for number, receipt in enumerate((before, after)):
        path = tmp_path / f"{number}.tlog-proof"
        path.write_bytes(receipt)
        assert verify.main([str(path), "--key", key]) == 0
