"""Checkpoints of a log: C2SP tlog-checkpoint, read strictly."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from .hashing import EMPTY_ROOT, HASH_BYTES
from .signed_notes import CONTROL_CHARACTER, Note, NoteError, Signer, Verifier, decode_base64, encode_base64

MAX_SIZE = 2**63 - 1
_LINES = 3
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The log's name, the number of entries, the root of 32 bytes."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        if not self.origin or "\n" in self.origin or CONTROL_CHARACTER.search(self.origin):
            raise NoteError("an origin is one line of text")
        if not 0 <= self.size <= MAX_SIZE:
            raise NoteError("a tree size is a number from 0 to 2^63 - 1")
        if len(self.root) != HASH_BYTES:
            raise NoteError("a root has 32 bytes")
        if self.size == 0 and self.root != EMPTY_ROOT:
            raise NoteError("the root is not that of an empty tree")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a note's text of exactly three lines; a fourth, an extension line, is refused."""
        lines = text.split("\n")
        if len(lines) != _LINES + 1 or lines[-1]:
            raise NoteError("a checkpoint is three lines: origin, size and root")
        origin, size, encoded, _ = lines
        if not _SIZE.fullmatch(size):
            raise NoteError("a tree size is a decimal number without leading zeroes")
        return cls(origin, int(size), decode_base64(encoded))

    @property
    def text(self) -> str:
        """The three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{encode_base64(self.root)}\n"

    def sign(self, *signers: Signer) -> bytes:
        """Return the note that is published, with a line by each signer."""
        return Note.sign(self.text, *signers).encode()


def open_checkpoint(data: bytes, origin: str, verifiers: Iterable[Verifier]) -> Checkpoint:
    """Return a published checkpoint; NoteError unless a known key signed it and it is of this log."""
    note = Note.parse(data)
    note.verify(verifiers)
    checkpoint = Checkpoint.parse(note.text)
    if checkpoint.origin != origin:
        raise NoteError("the checkpoint is of another log")
    return checkpoint
