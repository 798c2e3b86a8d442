"""Cosignatures (C2SP tlog-cosignature) of checkpoints, and how a witness is asked for one (C2SP tlog-witness)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from .signed_notes import MAX_SIGNATURES, Note, NoteError, PublicKey, Signature, encode_base64

_TIMESTAMP_BYTES = 8
_SIGNATURE_BYTES = 64
MAX_PROOF_LINES = 63
#: the end of 31 December 9999
_LAST_SECOND = 253_402_300_799


@dataclass(frozen=True, slots=True)
class Cosigner(PublicKey):
    """A witness's public key."""

    algorithm = b"\x04"

    def open(self, text: str, signature: Signature) -> datetime:
        """Return when the witness saw the checkpoint `text`; raises NoteError unless the cosignature is right."""
        data = signature.signature
        if len(data) != _TIMESTAMP_BYTES + _SIGNATURE_BYTES:
            raise NoteError(f"the cosignature by {self.name} does not have {_TIMESTAMP_BYTES + _SIGNATURE_BYTES} bytes")
        seconds = int.from_bytes(data[:_TIMESTAMP_BYTES], "big")
        if seconds > _LAST_SECOND:
            raise NoteError(f"the cosignature by {self.name} is of no year")
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(data[_TIMESTAMP_BYTES:], message(seconds, text))
        except InvalidSignature:
            raise NoteError(f"the cosignature by {self.name} is wrong") from None
        return datetime.fromtimestamp(seconds, UTC)


def message(seconds: int, text: str) -> bytes:
    """Return what a witness signs: two lines, then the checkpoint's text."""
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def add_checkpoint_request(old: int, proof: Sequence[bytes], note: bytes) -> bytes:
    """Return the body of add-checkpoint: `old <size>`, the proof from it, a hash a line, an empty line, the note."""
    if len(proof) > MAX_PROOF_LINES:
        raise ValueError(f"a consistency proof has no more than {MAX_PROOF_LINES} hashes")
    lines = [f"old {old}", *map(encode_base64, proof), "", ""]
    return "\n".join(lines).encode() + note


def append_lines(note: bytes, lines: Sequence[str]) -> bytes:
    """Return the note with these signature lines after its own; raises NoteError for a malformed one."""
    whole = Note.parse(note)
    more = tuple(Signature.parse(line) for line in lines)
    return Note(whole.text, (*whole.signatures, *more)[:MAX_SIGNATURES]).encode()
