"""Read JSON Lines of any size in constant memory: batches of lines, a digest of the whole. Plain Python."""

import hashlib
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple, Protocol

import orjson

from .stream_format import LineError

#: bytes that a line may have, its end included
MOST_LINE = 65_536
#: a batch closes at either of these
BATCH_LINES = 10_000
BATCH_BYTES = 4 * 1024 * 1024

_SPACED_COLON = re.compile(rb'"[ \t\r\n]+:')
_AFTER_NUMBER = b",} \t\r\n"
_BOM = b"\xef\xbb\xbf"


class Readable(Protocol):
    """A binary stream: a file, standard input, a request's body."""

    def readline(self, size: int = -1, /) -> bytes:
        """Return bytes up to and with the next newline, `size` at most; nothing at the end."""


class NumberedLine(NamedTuple):
    """One line, counted from 1. One that is too long has no `raw` and its digest instead."""

    number: int
    raw: bytes | None
    digest: bytes


class Batch(NamedTuple):
    """Some consecutive lines; `is_last` when the stream ends with them."""

    lines: list[NumberedLine]
    is_last: bool


class LineReader:
    """Splits a stream into batches and computes its digest.

    `key` is for the digests of lines that are set aside: nobody may guess a line's content from its digest.
    """

    def __init__(self, file: Readable, key: bytes) -> None:
        self._file = file
        self._key = key
        self._whole = hashlib.sha256()
        self.size = 0
        self.count = 0

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the bytes read so far, in hexadecimal."""
        return self._whole.hexdigest()

    def _next(self) -> bytes:
        piece = self._file.readline(MOST_LINE + 1)
        self._whole.update(piece)
        self.size += len(piece)
        return piece

    def line_digest(self, line: NumberedLine) -> bytes:
        """Return the keyed digest of one line, 16 bytes."""
        return line.digest or hashlib.blake2b(line.raw or b"", key=self._key, digest_size=16).digest()

    def _skip_rest(self, piece: bytes) -> bytes:
        """Read the rest of a line that is too long and return its digest."""
        digest = hashlib.blake2b(piece, key=self._key, digest_size=16)
        while piece and not piece.endswith(b"\n"):
            piece = self._next()
            digest.update(piece)
        return digest.digest()

    def batches(self) -> Iterator[Batch]:
        """Yield batches; at least one, the last of them marked. Blank lines are counted and left out."""
        lines: list[NumberedLine] = []
        size = 0
        while piece := self._next():
            self.count += 1
            if len(piece) > MOST_LINE:
                lines.append(NumberedLine(self.count, None, self._skip_rest(piece)))
            else:
                if self.count == 1:
                    piece = piece.removeprefix(_BOM)
                if not piece.isspace():
                    lines.append(NumberedLine(self.count, piece, b""))
                size += len(piece)
            if len(lines) >= BATCH_LINES or size >= BATCH_BYTES:
                yield Batch(lines, is_last=False)
                lines, size = [], 0
        yield Batch(lines, is_last=True)


def _refuse_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise LineError("", "names a field twice")
    return found


def _parse_exactly(raw: bytes) -> dict[str, Any]:
    """Return the object with its fractions as Decimal, as they were written; refuse a field named twice."""
    try:
        line: dict[str, Any] = json.loads(raw, object_pairs_hook=_refuse_twice, parse_float=Decimal)
    except LineError:
        raise
    except (ValueError, RecursionError, ArithmeticError):  # thousands of digits, deep nesting, 1e-(10**20)
        raise LineError("", "is not JSON in UTF-8") from None
    return line


def _is_as_written(value: Any, raw: bytes) -> bool:
    """Return whether a value is no fraction, or one whose shortest text is the one in the line."""
    if type(value) is not float:
        return True
    text = repr(value).encode()
    at = raw.find(text)
    return at >= 0 and raw[at + len(text)] in _AFTER_NUMBER


def parse_line(raw: bytes | None) -> dict[str, Any]:
    """Return the JSON object of one line; raises LineError, for a field named twice too."""
    if raw is None:
        raise LineError("", f"is longer than {MOST_LINE} bytes")
    try:
        line = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise LineError("", "is not JSON in UTF-8") from None
    if type(line) is not dict:
        raise LineError("", "must be a JSON object")
    # orjson keeps the last of two fields of one name, and rounds a fraction of many digits. A flat object has one
    # `":` a field; only where the count differs (a text may hold the same characters), or a fraction is written
    # otherwise than we would, the slower parser, which can tell, reads the line again.
    if (
        raw.count(b'":') != len(line)
        or _SPACED_COLON.search(raw)
        or not all(_is_as_written(value, raw) for value in line.values())
    ):
        return _parse_exactly(raw)
    return line
