"""What the office hands out, checked by programs that nobody here wrote: Go's golang.org/x/mod and OpenSSL.

Needs Debian's `golang-go`, `golang-golang-x-mod-dev` and `openssl`; `make test-independent` installs them.
"""

import os
import subprocess
from base64 import b64encode
from pathlib import Path

import pytest
from django.core.management import call_command

from audit.log import event_types
from audit.log.actors import machine
from audit.log.append import append
from audit.log.event_types import EventType
from audit.merkle.signed_notes import Note
from audit.sequencer.sequence import sequence
from audit.tree import checkpoints
from audit.tree.models import StoredCheckpoint
from core import db

pytestmark = pytest.mark.independent

COUNTED = EventType("audit.test.counted", "counted {number}", {"number": int})
PROGRAM = Path(__file__).with_name("main.go")
GO_LIBRARIES = "/usr/share/gocode"  # where Debian puts the sources of its -dev packages
#: DER before the 32 bytes of an Ed25519 key (RFC 8410)
SPKI = bytes.fromhex("302a300506032b6570032100")


def run(*command):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(scope="module")
def go(tmp_path_factory):
    """Build the Go program; return a function that runs it with the log's key."""
    folder = tmp_path_factory.mktemp("go")
    own = {"GO111MODULE": "off", "GOPATH": GO_LIBRARIES, "GOCACHE": str(folder / "cache"), "GOFLAGS": ""}
    built = subprocess.run(
        ["go", "build", "-o", folder / "independent", PROGRAM],
        env={**os.environ, **own, "CGO_ENABLED": "0"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    return lambda *arguments: run(folder / "independent", checkpoints.signer().verifier.encode(), *arguments)


@pytest.fixture
def handed_out(office, now, settings, monkeypatch, tmp_path):
    """Log 300 entries in two stretches, by the office's own ways; return its receipts, growth and checkpoints."""
    settings.AUDIT_CHECKPOINT_DIR = str(tmp_path / "checkpoints")
    monkeypatch.setitem(event_types._events, COUNTED.name, COUNTED)
    entries = []
    for count in (123, 177):
        with db.use_role("worker"), db.atomic():
            entries += [
                append(COUNTED, actor=machine("t"), subject=None, now=now, payload={"number": n}) for n in range(count)
            ]
        with db.use_role("sequencer"):
            sequence(now)
    files = {"old": tmp_path / "old", "new": tmp_path / "new", "growth": tmp_path / "growth"}
    with db.use_role("auditor"):
        old, new = StoredCheckpoint.objects.order_by("size")
        files["old"].write_text(old.note)
        files["new"].write_text(new.note)
    call_command("audit_prove", "--from", str(old.size), "--to", str(new.size), "--out", str(files["growth"]))
    for number in (0, 1, 122, 123, 200, 299):
        files[f"receipt{number}"] = tmp_path / f"receipt{number}"
        call_command("audit_prove", str(entries[number]), "--out", str(files[f"receipt{number}"]))
    return files


def spoilt(path, place):
    """Write the file again beside itself with one byte changed, to another of its kind."""
    data = bytearray(path.read_bytes())
    data[place] = ord("A") if data[place] != ord("A") else ord("B")
    other = path.with_suffix(".spoilt")
    other.write_bytes(bytes(data))
    return other


def test_go_proves_entries_growth_and_signatures(go, handed_out):
    assert go("signature", handed_out["new"]).stdout == "proved: the key signed 300 entries\n"
    assert go("growth", handed_out["old"], handed_out["growth"]).stdout == "proved: 123 entries begin the tree of 300\n"
    for name, path in handed_out.items():
        if name.startswith("receipt"):
            number = name.removeprefix("receipt")
            assert go("receipt", path).stdout == f"proved: entry {number} of 300\n"


def test_go_refuses_when_any_part_has_a_byte_changed(go, handed_out):
    """A byte of the entry, of the proof, of the tree's size and root, and of the signature."""
    receipt = handed_out["receipt200"]
    text = receipt.read_text()
    head, _, signed = text.partition("\n\n")
    at = len(head) + 2
    origin = len(signed.split("\n")[0])
    places = [
        text.index("extra ") + 40,
        text.index("index ") + 6,
        len(head) - 20,
        at + origin + 1,
        at + origin + 10,
        -10,
    ]
    for place in places:
        assert go("receipt", receipt).returncode == 0
        done = go("receipt", spoilt(receipt, place))
        assert done.returncode == 1, place
        assert "NOT PROVED" in done.stdout
    for place in (20, len(handed_out["growth"].read_text().partition("\n\n")[0]) - 20):
        assert go("growth", handed_out["old"], spoilt(handed_out["growth"], place)).returncode == 1
    assert go("growth", spoilt(handed_out["old"], -10), handed_out["growth"]).returncode == 1
    assert go("signature", spoilt(handed_out["new"], -10)).returncode == 1


def openssl(tmp_path, note, public):
    """Ask OpenSSL whether the first signature line of a note is by this key."""
    parsed = Note.parse(note)
    pem = "-----BEGIN PUBLIC KEY-----\n" + b64encode(SPKI + public).decode() + "\n-----END PUBLIC KEY-----\n"
    parts = {"key.pem": pem.encode(), "text": parsed.text.encode(), "signature": parsed.signatures[0].signature}
    for name, data in parts.items():
        (tmp_path / name).write_bytes(data)
    return run(
        "openssl", "pkeyutl", "-verify", "-pubin", "-inkey", tmp_path / "key.pem", "-rawin",
        "-in", tmp_path / "text", "-sigfile", tmp_path / "signature",
    )  # fmt: skip


def test_openssl_verifies_the_signature_and_refuses_a_changed_byte(handed_out, tmp_path):
    public = checkpoints.signer().verifier.public
    note = handed_out["new"].read_bytes()
    done = openssl(tmp_path, note, public)
    assert (done.returncode, done.stdout) == (0, "Signature Verified Successfully\n")
    done = openssl(tmp_path, note.replace(b"\n300\n", b"\n301\n"), public)
    assert done.returncode == 1
    assert "Verification Failure" in done.stdout
