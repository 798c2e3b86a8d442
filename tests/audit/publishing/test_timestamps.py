"""Timestamps of checkpoints by an authority on loopback, made and checked with OpenSSL."""

import subprocess
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.core.exceptions import ImproperlyConfigured

from audit.log.heartbeat import write_heartbeat
from audit.publishing import timestamps
from audit.publishing.deliveries import deliver_checkpoints
from audit.publishing.models import Delivery
from audit.sequencer.sequence import sequence
from audit.tree.models import StoredCheckpoint, TimeStamp
from core import db

CONFIG = """\
[tsa]
default_tsa = office
[office]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
digests = sha256, sha384, sha512
ess_cert_id_alg = sha256
"""


def named(name):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def certificate(name, issuer, key, issuer_key, *, ca):
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=3))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
        )
        .add_extension(
            x509.KeyUsage(
                digital_signature=not ca, content_commitment=False, key_encipherment=False, data_encipherment=False,
                key_agreement=False, key_cert_sign=ca, crl_sign=ca, encipher_only=False, decipher_only=False,
            ),
            critical=True,
        )
    )  # fmt: skip
    if not ca:
        made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    return made.sign(issuer_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def make_authority(folder):
    folder.mkdir()
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    (folder / "root.pem").write_bytes(certificate("Root", "Root", root_key, root_key, ca=True))
    (folder / "tsa.pem").write_bytes(certificate("Clock", "Root", key, root_key, ca=False))
    (folder / "tsa.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    (folder / "serial").write_text("01\n")
    (folder / "tsa.conf").write_text(CONFIG.format(folder=folder))
    return folder


@contextmanager
def serving(folder, faults):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            query = self.rfile.read(int(self.headers["Content-Length"]))
            (folder / "query").write_bytes(query)
            status, kind, answer = faults.pop(0) if faults else (200, "application/timestamp-reply", None)
            if answer is None:
                answer = subprocess.run(
                    ["openssl", "ts", "-reply", "-config", folder / "tsa.conf", "-queryfile", folder / "query"],
                    check=True,
                    capture_output=True,
                ).stdout
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/tsa"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def authority(settings, tmp_path):
    settings.AUDIT_CHECKPOINT_DIR = str(tmp_path / "checkpoints")
    settings.AUDIT_PRIVATE_ADDRESSES = True
    folder = make_authority(tmp_path / "tsa")
    settings.OFFICE_TSA_ROOTS = str(folder / "root.pem")
    faults = []
    with serving(folder, faults) as url:
        settings.OFFICE_TSA_URL = url
        yield folder, faults


def grow(now):
    with db.use_role("sequencer"):
        write_heartbeat(now)
        return sequence(now)[1]


def deliver(now):
    with db.use_role("sequencer"):
        return deliver_checkpoints(now)


def test_a_checkpoint_is_stamped_once_an_hour_and_openssl_agrees(office, now, authority, tmp_path):
    folder, _ = authority
    begun = datetime.now(UTC).replace(microsecond=0)
    for minutes in (0, 10, 61):
        grow(now + timedelta(minutes=minutes))
        deliver(now + timedelta(minutes=minutes))
    with db.use_role("auditor"):
        assert list(TimeStamp.objects.order_by("size").values_list("size", flat=True)) == [1, 3]
        timestamp = TimeStamp.objects.get(size=3)
        note = StoredCheckpoint.objects.get(size=3).note
    assert begun <= timestamp.stamped_at <= datetime.now(UTC) + timedelta(seconds=1)
    (tmp_path / "note").write_text(note)
    (tmp_path / "stamp").write_bytes(bytes(timestamp.response))
    done = subprocess.run(
        ["openssl", "ts", "-verify", "-data", tmp_path / "note", "-in", tmp_path / "stamp",
         "-CAfile", folder / "root.pem"],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert "Verification: OK" in done.stdout + done.stderr


def replay(folder, now):
    """Return an honest answer to another question."""
    subprocess.run(
        ["openssl", "ts", "-query", "-digest", "00" * 32, "-sha256", "-cert", "-out", folder / "other"], check=True
    )
    made = subprocess.run(
        ["openssl", "ts", "-reply", "-config", folder / "tsa.conf", "-queryfile", folder / "other"],
        check=True,
        capture_output=True,
    )
    return 200, "application/timestamp-reply", made.stdout


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ((500, "text/plain", b"no"), "The time-stamping authority answered 500, without a timestamp."),
        ((200, "text/html", b"<html>"), "The time-stamping authority answered 200, without a timestamp."),
        ((200, "application/timestamp-reply", b"\x30\x03garbage"), "The timestamp cannot be trusted"),
        ((200, "application/timestamp-reply", b""), "The timestamp cannot be trusted"),
        ("replay", "The timestamp cannot be trusted"),
        ("stranger", "The timestamp cannot be trusted"),
    ],
)
def test_an_answer_that_is_not_to_be_believed_is_stored_nowhere(
    office, now, authority, settings, tmp_path, fault, sentence
):
    folder, faults = authority
    if fault == "stranger":
        settings.OFFICE_TSA_ROOTS = str(make_authority(tmp_path / "stranger") / "root.pem")
    else:
        faults.append(replay(folder, now) if fault == "replay" else fault)
    grow(now)
    deliver(now)
    with db.use_role("auditor"):
        assert not TimeStamp.objects.exists()
        assert sentence in Delivery.objects.get(place="time-stamping authority").error
    settings.OFFICE_TSA_ROOTS = str(folder / "root.pem")
    deliver(now + timedelta(seconds=16))
    with db.use_role("auditor"):
        assert TimeStamp.objects.count() == 1


def test_roots_that_are_none_are_named(settings, tmp_path):
    settings.OFFICE_TSA_URL = "https://tsa.example"
    for value in ("", str(tmp_path / "missing"), __file__):
        settings.OFFICE_TSA_ROOTS = value
        with pytest.raises(ImproperlyConfigured, match="OFFICE_TSA_ROOTS"):
            timestamps.configured()
