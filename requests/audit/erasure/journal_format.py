"""The format of the journal of erasures, which is kept outside every database. Plain Python.

A line of the journal is `number reference time entry signature`, separated by spaces: counted from 1 without gaps,
the reference as 32 hex digits, the time in RFC 3339, the id of the log entry, and in base64 the key id and the
Ed25519 signature of the log's key over the note text of `Erasure.text`.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from audit.errors import JournalBrokenError, JournalShortError
from audit.merkle.journal_length import JournalLength, RunningLength
from audit.merkle.signed_notes import KEY_ID_BYTES, Note, NoteError, Signature, Signer, Verifier

MAX_LINE_BYTES = 512
_HEADER = "omegaoffice-erasure@v1"
_LINE = re.compile(r"([1-9][0-9]*) ([0-9a-f]{32}) (\S{20,32}) ([0-9a-f-]{36}) ([A-Za-z0-9+/]+=*)\n")


@dataclass(frozen=True, slots=True)
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


def read_journal(file: BinaryIO, origin: str, verifiers: Iterable[Verifier], *, vouched: int = 0) -> Iterator[Erasure]:
    """Yield every erasure in order; raises JournalBrokenError at the first line that is wrong, missing or repeated.

    Constant memory. A last line without its newline is ignored: the machine stopped while it was written. The
    signatures of the first `vouched` lines are not checked: a signed length has their references.
    """
    known = {verifier.key_id: verifier for verifier in verifiers}
    number = 0
    while line := file.readline(MAX_LINE_BYTES):
        if not line.endswith(b"\n") and len(line) < MAX_LINE_BYTES:
            return
        number += 1
        location = f"Line {number} of the journal of erasures"
        match = _LINE.fullmatch(line.decode(errors="replace"))
        if match is None:
            raise JournalBrokenError("it is not a line of the journal", location)
        erasure = Erasure(int(match[1]), match[2], match[3], match[4])
        if number > vouched:
            try:
                _verify(erasure, match[5], origin, known)
            except NoteError as error:
                raise JournalBrokenError(str(error), location) from None
        if erasure.number != number:
            raise JournalBrokenError(f"it has the number {erasure.number}", location)
        yield erasure


def _verify(erasure: Erasure, encoded: str, origin: str, known: dict[bytes, Verifier]) -> None:
    try:
        signed = b64decode(encoded)
    except ValueError:
        raise NoteError("its signature is not base64") from None
    key_id = signed[:KEY_ID_BYTES]
    name = known[key_id].name if key_id in known else "unknown"
    signature = Signature(name, key_id, signed[KEY_ID_BYTES:])
    Note(erasure.text(origin), (signature,)).verify(known.values())


def compare_lengths(erasures: Iterable[Erasure], known: Iterable[tuple[JournalLength, str]]) -> Iterator[Erasure]:
    """Yield the erasures; raises JournalBrokenError where they are not those that somebody knows.

    `known` has lengths, without a digest where it is not known, and the end of the sentence "it lacks lines that …".
    JournalShortError at the end, where there are fewer; it names the first who knows of the most.
    """
    expected = sorted(known, key=lambda each: -each[0].count)
    length, running = JournalLength(""), RunningLength("")
    for erasure in erasures:
        length = running.add(erasure.reference)
        while expected and expected[-1][0].count <= length.count:
            passed, knower = expected.pop()
            if passed.digest not in ("", length.digest):
                raise JournalBrokenError(f"its first {passed.count} lines do not name those that {knower}")
        yield erasure
    if expected and expected[0][0].count > length.count:
        raise JournalShortError(expected[0][0].count - length.count, expected[0][1])
