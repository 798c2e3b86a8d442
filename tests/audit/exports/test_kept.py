"""What earlier commits exported is read by today's code: tests/kept/README.md says which commit made what."""

import hashlib
import json
import re
import zipfile
from pathlib import Path

from audit.merkle.signed_notes import Verifier
from audit.merkle.tlog_proofs import Receipt
from tests.audit.exports.test_verify_script import run, run_alone

KEPT = Path(__file__).parents[2] / "kept"
KEY, SIGNED_KEY = re.findall(r"^`(.+)`", (KEPT / "README.md").read_text(), re.MULTILINE)


def test_a_kept_bundle_verifies_with_todays_script():
    code, printed = run(KEPT / "bundle.tar.gz", key=KEY)
    assert code == 0, printed
    assert "116 entries have the hashes at their indexes, with 7 disclosures" in printed
    assert "views/entries.csv, views/ocsf.jsonl: as the entries say, row by row" in printed


def test_a_kept_receipt_verifies_with_todays_script_and_in_the_office():
    assert (
        run_alone(Path("requests/audit/exports/bundle/verify.py"), KEPT / "receipt.tlog-proof", "--key", KEY).returncode
        == 0
    )
    verifier = Verifier.parse(KEY)
    receipt = Receipt.parse((KEPT / "receipt.tlog-proof").read_bytes())
    assert receipt.check(verifier.name, [verifier]).size > 0


def test_a_kept_package_opens_and_its_manifest_names_every_file():
    with zipfile.ZipFile(KEPT / "package.zip") as archive:
        assert archive.testzip() is None
        manifest = json.loads(archive.read("manifest.json"))
        listed = {file["name"]: file["sha256"] for file in manifest["files"]}
        assert set(listed) == set(archive.namelist()) - {"manifest.json"}
        for name, digest in listed.items():
            assert hashlib.sha256(archive.read(name)).hexdigest() == digest


def test_a_kept_package_of_before_the_signatures_is_said_to_have_none_and_is_not_called_corrupt():
    code, printed = run(KEPT / "package.zip", key=KEY)
    assert code == 2
    assert "none missing, none extra; sizes and SHA-256 agree" in printed
    assert printed.splitlines()[-1].startswith(
        "Cannot check: the package is not signed, as none was before December 2026"
    )


def test_a_kept_signed_package_verifies_with_todays_script():
    code, printed = run(KEPT / "signed-package.zip", key=SIGNED_KEY)
    assert code == 0, printed
    assert "none missing, none extra; sizes and SHA-256 agree" in printed
    code, printed = run(KEPT / "signed-package.zip", key=KEY)
    assert code != 0, printed
