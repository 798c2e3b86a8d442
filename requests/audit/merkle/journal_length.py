"""The signed length of the journal of erasures, which lies with the checkpoints: how many lines, and whom they name."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

from .signed_notes import Note, NoteError, Signer, Verifier

_HEADER = "omegaoffice-erasures@v1"
_TEXT = re.compile(rf"{_HEADER}\n([^\n]+)\n([1-9][0-9]{{0,18}})\n([0-9a-f]{{64}})\n")


@dataclass(frozen=True, slots=True)
class JournalLength:
    """The log's name, the number of lines, and SHA-256 (in hex) of their references, a line each.

    Only the references are hashed: a line that is written again from the log names the same person, but may have
    another signature or entry.
    """

    origin: str
    count: int = 0
    digest: str = ""

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a note without checking its signatures; raises NoteError."""
        match = _TEXT.fullmatch(Note.parse(data).text)
        if match is None:
            raise NoteError("it is not the length of a journal of erasures")
        return cls(match[1], int(match[2]), match[3])

    def sign(self, *signers: Signer) -> bytes:
        """Return the note that is published, with a line by each signer."""
        return Note.sign(f"{_HEADER}\n{self.origin}\n{self.count}\n{self.digest}\n", *signers).encode()


def open_length(data: bytes, origin: str, verifiers: Iterable[Verifier]) -> JournalLength:
    """Return a published length; NoteError unless a known key signed it and it is of this log."""
    length = JournalLength.parse(data)
    Note.parse(data).verify(verifiers)
    if length.origin != origin:
        raise NoteError("the length is of another log's journal")
    return length


class RunningLength:
    """Counts and hashes references as they are read."""

    def __init__(self, origin: str) -> None:
        self._origin, self._count, self._hash = origin, 0, sha256()

    def add(self, reference: str) -> JournalLength:
        """Add one and return the length up to it."""
        self._count += 1
        self._hash.update(f"{reference}\n".encode())
        return JournalLength(self._origin, self._count, self._hash.hexdigest())
