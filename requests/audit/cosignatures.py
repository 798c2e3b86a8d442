"""Cosignatures (C2SP tlog-cosignature): an Ed25519 key says when it saw a head, and that it followed the last one."""

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from audit.notes import KEY_BYTES, KEY_ID_BYTES, MAX_SIGNATURES, Note, NoteError, Signature, decode_base64

_ED25519_COSIGNATURE = b"\x04"
_STAMP_BYTES = 8
_SIGNATURE_BYTES = 64
#: 31 December 9999: a later clock is none
_LAST_SECOND = 253_402_300_799
_KEY = re.compile(r"([^+\s]+)\+([0-9a-f]{8})\+(\S+)")


@dataclass(frozen=True, slots=True)
class Cosigner:
    """A witness's public key under its name, written `name+keyid+base64` with the algorithm byte 0x04."""

    name: str
    public: bytes

    def __post_init__(self) -> None:
        if len(self.public) != KEY_BYTES:
            raise NoteError("an Ed25519 key has 32 bytes")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a verifier key; NoteError when it is no cosigner's or its id does not fit it."""
        match = _KEY.fullmatch(text)
        if not match:
            raise NoteError("a key is a name, a key id of 8 hex digits and base64, joined by plus signs")
        name, key_id, encoded = match.groups()
        data = decode_base64(encoded)
        if not data.startswith(_ED25519_COSIGNATURE):
            raise NoteError("the key is not that of an Ed25519 cosigner (algorithm 0x04)")
        found = cls(name, data.removeprefix(_ED25519_COSIGNATURE))
        if found.key_id.hex() != key_id:
            raise NoteError("the key id does not fit the key")
        return found

    @property
    def key_id(self) -> bytes:
        """The first 4 bytes of SHA-256(name, newline, 0x04, public key)."""
        return sha256(self.name.encode() + b"\n" + _ED25519_COSIGNATURE + self.public).digest()[:KEY_ID_BYTES]

    def encode(self) -> str:
        """Write the key as text."""
        return f"{self.name}+{self.key_id.hex()}+{b64encode(_ED25519_COSIGNATURE + self.public).decode()}"

    def owns(self, signature: Signature) -> bool:
        """Tell whether the line says that it is by this key."""
        return (signature.name, signature.key_id) == (self.name, self.key_id)

    def open(self, text: str, signature: Signature) -> datetime:
        """Return when the witness saw the checkpoint `text`; raises NoteError unless the cosignature is right."""
        data = signature.signature
        if len(data) != _STAMP_BYTES + _SIGNATURE_BYTES:
            raise NoteError(f"the cosignature by {self.name} has not {_STAMP_BYTES + _SIGNATURE_BYTES} bytes")
        seconds = int.from_bytes(data[:_STAMP_BYTES], "big")
        if seconds > _LAST_SECOND:
            raise NoteError(f"the cosignature by {self.name} is of no year")
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(data[_STAMP_BYTES:], message(seconds, text))
        except InvalidSignature:
            raise NoteError(f"the cosignature by {self.name} is wrong") from None
        return datetime.fromtimestamp(seconds, UTC)


def message(seconds: int, text: str) -> bytes:
    """Return what a cosigner signs: two lines, then the checkpoint's text."""
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def append_lines(note: bytes, lines: Sequence[str]) -> bytes:
    """Return the note with these signature lines behind its own; raises NoteError for a malformed one."""
    whole = Note.parse(note)
    more = tuple(Signature.parse(line) for line in lines)
    return Note(whole.text, (*whole.signatures, *more)[:MAX_SIGNATURES]).encode()
