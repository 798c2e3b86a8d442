"""Erasing a person: on which grounds, and the journal that tells it outside every database. Plain Python.

A line of the journal is `number reference time entry signature`, separated by spaces: counted from 1 without gaps,
the reference as 32 hex digits, the time in RFC 3339, the log entry that says so, and in base64 the key id and the
Ed25519 signature of the log's key over the note text of `Erasure.text`.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from .errors import JournalBrokenError
from .notes import KEY_ID_BYTES, Note, NoteError, Signature, Signer, Verifier

_HEAD = "omegaoffice-erasure@v1"
_LINE = re.compile(r"([1-9][0-9]*) ([0-9a-f]{32}) (\S{20,32}) ([0-9a-f-]{36}) ([A-Za-z0-9+/]+=*)")
REFERENCE = re.compile(r"[0-9a-f]{32}")


class Ground(StrEnum):
    """Why a person is erased."""

    CLOSED = "closed"
    DELETION = "deletion"
    REPLAYED = "replayed"
    RESUMED = "resumed"


@dataclass(frozen=True)
class Erasure:
    """One line of the journal."""

    number: int
    reference: str
    time: str
    entry: str

    def text(self, origin: str) -> str:
        """Return what is signed: the kind of note, the log's name, then the four fields, a line each."""
        return f"{_HEAD}\n{origin}\n{self.number}\n{self.reference}\n{self.time}\n{self.entry}\n"

    def sign(self, signer: Signer, origin: str) -> str:
        """Return the line, without its newline."""
        signature = signer.sign(self.text(origin))
        encoded = b64encode(signature.key_id + signature.signature).decode()
        return f"{self.number} {self.reference} {self.time} {self.entry} {encoded}"

    @classmethod
    def parse(cls, line: str, origin: str, verifiers: Iterable[Verifier]) -> Self:
        """Return what a line says; raises NoteError unless a known key signed it."""
        match = _LINE.fullmatch(line)
        if match is None:
            raise NoteError("it is not a line of the journal")
        number, reference, time, entry, encoded = match.groups()
        found = cls(int(number), reference, time, entry)
        try:
            signed = b64decode(encoded, validate=True)
        except ValueError:
            raise NoteError("its signature is not base64") from None
        known = list(verifiers)
        names = {verifier.key_id: verifier.name for verifier in known}
        key_id = signed[:KEY_ID_BYTES]
        signature = Signature(names.get(key_id, "unknown"), key_id, signed[KEY_ID_BYTES:])
        Note(found.text(origin), (signature,)).verify(known)
        return found


def read_journal(text: str, origin: str, verifiers: Iterable[Verifier]) -> list[Erasure]:
    """Return every line in order; raises JournalBrokenError at the first that is wrong, missing or doubled.

    A last line without its newline was being written when the machine stopped: it is left out.
    """
    known = list(verifiers)
    found: list[Erasure] = []
    for number, line in enumerate(text.split("\n")[:-1], start=1):
        try:
            erasure = Erasure.parse(line, origin, known)
        except NoteError as error:
            raise JournalBrokenError(f"Line {number} of the journal of erasures: {error}.") from None
        if erasure.number != number:
            raise JournalBrokenError(f"Line {number} of the journal of erasures says that it is {erasure.number}.")
        found.append(erasure)
    return found
