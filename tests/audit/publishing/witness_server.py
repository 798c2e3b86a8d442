"""A witness on loopback, written from c2sp.org/tlog-witness: it verifies what it is sent and keeps its state.

Faults on demand: `faults` holds what the next requests get instead of an honest answer.
"""

import threading
import time
from base64 import b64decode
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.merkle.checkpoint import Checkpoint
from audit.merkle.cosignatures import Cosigner, message
from audit.merkle.proofs import ProofError
from audit.merkle.signed_notes import Note, NoteError, Signature
from audit.tree import checkpoints
from tests.audit.merkle.consistency import check_consistency

ORIGIN = "omegaoffice.example/log"


class WitnessServer:
    """Knows one log; cosigns a checkpoint when it follows the last one."""

    def __init__(self, name, verifiers, origin, clock):
        self.private = Ed25519PrivateKey.generate()
        self.key = Cosigner(name, self.private.public_key().public_bytes_raw())
        self.verifiers, self.origin, self.clock = verifiers, origin, clock
        self.size, self.root = 0, sha256().digest()
        self.faults, self.requests = [], []
        self.lock = threading.Lock()

    def cosign(self, text, private=None):
        seconds = int(self.clock().timestamp())
        signed = (private or self.private).sign(message(seconds, text))
        return Signature(self.key.name, self.key.key_id, seconds.to_bytes(8, "big") + signed).encode() + "\n"

    def answer(self, body):  # noqa: C901, PLR0911  the specification's checks, one after another
        """Return status, kind and body of the honest answer; the checks are in the specification's order."""
        request, separator, note = body.partition(b"\n\n")
        lines = request.decode().split("\n")
        if not separator or not lines[0].startswith("old ") or len(lines) > 64:
            return 400, "text/plain", b"malformed\n"
        old, proof = int(lines[0][4:]), [b64decode(line, validate=True) for line in lines[1:]]
        try:
            signed = Note.parse(note)
            checkpoint = Checkpoint.parse(signed.text)
        except NoteError:
            return 400, "text/plain", b"malformed\n"
        if checkpoint.origin != self.origin:
            return 404, "text/plain", b"unknown log\n"
        try:
            signed.verify(self.verifiers)
        except NoteError:
            return 403, "text/plain", b"unknown key\n"
        if old > checkpoint.size:
            return 400, "text/plain", b"old is larger\n"
        with self.lock:
            conflict = 409, "text/x.tlog.size", f"{self.size}\n".encode()
            if old != self.size:
                return conflict
            if old == checkpoint.size and self.root != checkpoint.root:
                return conflict
            try:
                if old:
                    check_consistency(old, checkpoint.size, self.root, checkpoint.root, proof)
            except ProofError:
                return 422, "text/plain", b"inconsistent\n"
            if proof and not old:
                return 422, "text/plain", b"nothing to prove\n"
            self.size, self.root = checkpoint.size, checkpoint.root
        return 200, "text/plain", self.cosign(checkpoint.text).encode()


def _handler(witness):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            witness.requests.append(body)
            fault = witness.faults.pop(0) if witness.faults else None
            if fault == "hang":
                time.sleep(3)
                return
            if fault == "drip":
                self.send_response(200)
                self.end_headers()
                for _ in range(20):
                    self.wfile.write(b"\xe2")
                    self.wfile.flush()
                    time.sleep(0.2)
                return
            if fault is not None:
                status, kind, answer = fault(body) if callable(fault) else fault
            else:
                status, kind, answer = witness.answer(body) if self.path == "/add-checkpoint" else (404, "", b"")
            self.send_response(status)
            self.send_header("Content-Type", kind)
            if status // 100 == 3:
                self.send_header("Location", self.path)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_arguments):
            pass

    return Handler


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_arguments):
        """A client that hangs up is what some tests are about."""


@contextmanager
def serving(witness):
    """Serve a witness; yield its URL."""
    server = _Quiet(("127.0.0.1", 0), _handler(witness))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def cosigning(settings, now):
    """Serve a witness that knows our log, and name it in the settings; yield it."""
    witness = WitnessServer("witness.example/w1", checkpoints.verifiers(), ORIGIN, lambda: now)
    with serving(witness) as url:
        settings.OFFICE_WITNESSES = f"{witness.key.encode()} {url}/"
        yield witness
