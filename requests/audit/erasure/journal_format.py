"""The format of the journal of erasures, which is kept outside every database. Plain Python.

A line of the journal is `number reference time entry signature`, separated by spaces: counted from 1 without gaps,
the reference as 32 hex digits, the time in RFC 3339, the id of the log entry, and in base64 the key id and the
Ed25519 signature of the log's key over the note text of `Erasure.text`.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from audit.errors import JournalBrokenError
from audit.merkle.signed_notes import KEY_ID_BYTES, Note, NoteError, Signature, Signer, Verifier

_HEADER = "omegaoffice-erasure@v1"
_LINE = re.compile(r"([1-9][0-9]*) ([0-9a-f]{32}) (\S{20,32}) ([0-9a-f-]{36}) ([A-Za-z0-9+/]+=*)")


@dataclass(frozen=True)
class Erasure:
    """One line of the journal."""

    number: int
    reference: str
    time: str
    entry: str

    def text(self, origin: str) -> str:
        """Return the signed text: the kind of note, the log's name, then the four fields, a line each."""
        return f"{_HEADER}\n{origin}\n{self.number}\n{self.reference}\n{self.time}\n{self.entry}\n"

    def sign(self, signer: Signer, origin: str) -> str:
        """Return the line, without its newline."""
        signature = signer.sign(self.text(origin))
        encoded = b64encode(signature.key_id + signature.signature).decode()
        return f"{self.number} {self.reference} {self.time} {self.entry} {encoded}"

    @classmethod
    def parse(cls, line: str, origin: str, verifiers: Iterable[Verifier]) -> Self:
        """Return the erasure of a line; raises NoteError unless a known key signed it."""
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
    """Return every erasure in order; raises JournalBrokenError for the first line that is wrong, missing or repeated.

    A last line without its newline is ignored: the machine stopped while it was written.
    """
    known = list(verifiers)
    found: list[Erasure] = []
    for number, line in enumerate(text.split("\n")[:-1], start=1):
        try:
            erasure = Erasure.parse(line, origin, known)
        except NoteError as error:
            raise JournalBrokenError(f"Line {number} of the journal of erasures: {error}.") from None
        if erasure.number != number:
            raise JournalBrokenError(f"Line {number} of the journal of erasures has the number {erasure.number}.")
        found.append(erasure)
    return found
