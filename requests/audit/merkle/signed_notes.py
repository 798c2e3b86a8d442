"""Signed notes and their keys (C2SP signed-note), read strictly."""

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import ClassVar, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

MAX_NOTE_BYTES = 1_000_000
MAX_SIGNATURES = 100
KEY_ID_BYTES = 4
KEY_BYTES = 32

_DASH = "\N{EM DASH} "
CONTROL_CHARACTER = re.compile(r"[\x00-\x09\x0b-\x1f]")
_KEY = re.compile(r"([^+]+)\+([0-9a-f]{8})\+(.+)")


class NoteError(ValueError):
    """A note, key or checkpoint that is malformed, or that no known key signed."""


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature line of any algorithm: the key's name, its id of 4 bytes, the signature."""

    name: str
    key_id: bytes
    signature: bytes

    def __post_init__(self) -> None:
        _check_name(self.name)
        if len(self.key_id) != KEY_ID_BYTES or not self.signature:
            raise NoteError("a signature line holds a key id of 4 bytes and a signature")

    @classmethod
    def parse(cls, line: str) -> Self:
        """Read `— name base64(key id + signature)`, given without its newline."""
        name, _, encoded = line.removeprefix(_DASH).partition(" ")
        if not line.startswith(_DASH):
            raise NoteError("a signature line begins with an em dash and a space")
        data = decode_base64(encoded)
        return cls(name, data[:KEY_ID_BYTES], data[KEY_ID_BYTES:])

    def encode(self) -> str:
        """Write the line, without its newline."""
        return f"{_DASH}{self.name} {encode_base64(self.key_id + self.signature)}"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """An Ed25519 public key of 32 bytes under a name, written `name+keyid+base64`."""

    #: the byte before the key that says what it signs
    algorithm: ClassVar[bytes]
    name: str
    public: bytes

    def __post_init__(self) -> None:
        _check_name(self.name)
        if len(self.public) != KEY_BYTES:
            raise NoteError("an Ed25519 key has 32 bytes")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a public key; NoteError when it is of another algorithm or its id does not fit it."""
        match = _KEY.fullmatch(text)
        if not match:
            raise NoteError("a key is a name, a key id of 8 hex digits and base64, joined by plus signs")
        data = decode_base64(match[3])
        if not data.startswith(cls.algorithm):
            raise NoteError(f"the key is not of algorithm 0x{cls.algorithm.hex()}")
        found = cls(match[1], data.removeprefix(cls.algorithm))
        if found.key_id != bytes.fromhex(match[2]):
            raise NoteError("the key id does not fit the key")
        return found

    @property
    def key_id(self) -> bytes:
        """The first 4 bytes of SHA-256(name, newline, algorithm, public key)."""
        return sha256(self.name.encode() + b"\n" + self.algorithm + self.public).digest()[:KEY_ID_BYTES]

    def encode(self) -> str:
        """Write the key as text."""
        return f"{self.name}+{self.key_id.hex()}+{encode_base64(self.algorithm + self.public)}"

    def owns(self, signature: Signature) -> bool:
        """Return whether the signature line names this key: name and id together identify it, neither alone."""
        return (signature.name, signature.key_id) == (self.name, self.key_id)


@dataclass(frozen=True, slots=True)
class Verifier(PublicKey):
    """A key that signs notes."""

    algorithm = b"\x01"

    def accepts(self, text: str, signature: Signature) -> bool:
        """Return whether the signature is by this key over this text."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature.signature, text.encode())
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signer:
    """An Ed25519 private key (the seed of 32 bytes) under a name."""

    name: str
    seed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        _check_name(self.name)
        if len(self.seed) != KEY_BYTES:
            raise NoteError("an Ed25519 key has 32 bytes")

    @property
    def verifier(self) -> Verifier:
        """The public half, under the same name."""
        return Verifier(self.name, self._key().public_key().public_bytes_raw())

    def sign(self, text: str) -> Signature:
        """Make the signature line over a note's text; Ed25519 gives the same one every time."""
        return Signature(self.name, self.verifier.key_id, self._key().sign(text.encode()))

    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)


@dataclass(frozen=True, slots=True)
class Note:
    """Text that ends in a newline, and its signature lines; lines by unknown keys are kept."""

    text: str
    signatures: tuple[Signature, ...]

    def __post_init__(self) -> None:
        if not self.text.endswith("\n") or CONTROL_CHARACTER.search(self.text):
            raise NoteError("a note's text ends in a newline and holds no other control character")
        if not 1 <= len(self.signatures) <= MAX_SIGNATURES:
            raise NoteError(f"a note has 1 to {MAX_SIGNATURES} signature lines")

    @classmethod
    def sign(cls, text: str, *signers: Signer) -> Self:
        """Make a note of this text with a line by each signer: two while the log's key is being rotated."""
        return cls(text, tuple(signer.sign(text) for signer in signers))

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a note strictly, so that encoding it again gives the same bytes; `verify` checks the signatures."""
        if len(data) > MAX_NOTE_BYTES:
            raise NoteError(f"a note has no more than {MAX_NOTE_BYTES:,} bytes")
        try:
            whole = data.decode()
        except UnicodeDecodeError:
            raise NoteError("a note is UTF-8 text") from None
        text, separator, lines = whole.rpartition("\n\n")
        if not separator or not lines.endswith("\n"):
            raise NoteError("a note is text, an empty line and signature lines")
        return cls(text + "\n", tuple(Signature.parse(line) for line in lines[:-1].split("\n")))

    def encode(self) -> bytes:
        """Write the note as it is published."""
        lines = "".join(signature.encode() + "\n" for signature in self.signatures)
        return f"{self.text}\n{lines}".encode()

    def verify(self, verifiers: Iterable[Verifier]) -> tuple[Verifier, ...]:
        """Return the known keys that signed the text, at least one, in the order of their lines.

        NoteError when none did, and when any line by a known key is wrong.
        """
        known = list(verifiers)
        signed = [
            (verifier, signature) for signature in self.signatures for verifier in known if verifier.owns(signature)
        ]
        for verifier, signature in signed:
            if not verifier.accepts(self.text, signature):
                raise NoteError(f"the signature by {verifier.name} is wrong")
        if not signed:
            raise NoteError("no known key signed the note")
        return tuple(verifier for verifier, _ in signed)


def _check_name(name: str) -> None:
    if not name or "+" in name or CONTROL_CHARACTER.search(name) or any(map(str.isspace, name)):
        raise NoteError("a key name is text without spaces or plus signs")


def encode_base64(data: bytes) -> str:
    return b64encode(data).decode("ascii")


def decode_base64(text: str) -> bytes:
    """Read standard base64 with its padding, in one spelling only."""
    try:
        data = b64decode(text)
    except ValueError:
        raise NoteError("not base64") from None
    # The decoder ignores foreign characters and loose last bits; comparing with the encoder does not.
    if encode_base64(data) != text:
        raise NoteError("not canonical base64")
    return data
