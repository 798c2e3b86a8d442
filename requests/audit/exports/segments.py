"""Write one segment of an export: evidence and views, compressed, into one encrypted file."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from uuid import UUID

import orjson

from core import db

from . import csv_format, ocsf
from .bundle.archive import evidence
from .bundle.frames import Digest, Piece
from .disclosures import DisclosureDecryptor, EncryptedFields
from .files import ExportFiles
from .models import Export
from .plan import ExportFailedError, Segment, copied
from .states import ExportError

#: entries that are decrypted and written at a time where something is disclosed
_PAGE = 2_000
#: entries that compressors get at a time
_CHUNK = 256
#: ids as bytes: making a UUID of each would cost a quarter of the reading, and few need one
_ENTRIES = "SELECT l.index, uuid_send(e.id), e.leaf FROM {source} ORDER BY l.index"
#: Read every entry by its key, in the order of the tree: for a join of thousands of rows the planner would read whole
#: partitions and sort them, which is far slower at ten million entries.
_BY_KEY = """
SELECT set_config(name, 'off', true)
FROM unnest(ARRAY['enable_hashjoin', 'enable_mergejoin', 'enable_seqscan', 'enable_bitmapscan']) AS name
"""
_DISCLOSURES = """
SELECT d.entry, d.holder, d.sealed FROM audit_disclosure d JOIN audit_entry e ON e.id = d.entry
WHERE d.entry = ANY (%s) AND (
    (%s AND e.actor = 'staff:' || d.holder AND e.subject IS DISTINCT FROM d.holder) OR (%s AND e.subject = d.holder))
"""
Row = tuple[int, bytes, bytes]


@dataclass
class Digests:
    """The three files that grow segment by segment."""

    evidence: Digest = field(default_factory=Digest)
    csv: Digest = field(default_factory=lambda: Digest(csv_format.HEADER))
    ocsf: Digest = field(default_factory=lambda: Digest(ocsf.HEADER))

    def all(self) -> tuple[Digest, Digest, Digest]:
        """Return them in the order of the pieces in a segment."""
        return self.evidence, self.csv, self.ocsf

    def copy(self) -> "Digests":
        """Return digests that continue from here: those of a segment that is not stored do not count."""
        return Digests(*(digest.copy() for digest in self.all()))


@dataclass
class Written:
    """A segment that is stored."""

    name: str
    entries: int
    disclosures: int
    #: disclosures that should be there and are not, or cannot be decrypted
    missing: int
    #: (compressed, plain) bytes of each piece
    sizes: list[tuple[int, int]]


class SegmentWriter:
    """Writes one segment; `digests` include it once `save` returns."""

    def __init__(self, export: Export, segment: Segment, digests: Digests, decryptor: DisclosureDecryptor) -> None:
        self._export = export
        self._segment = segment
        self._decryptor = decryptor
        self._pieces = [Piece(export.compress, digest) for digest in digests.all()]
        self._entries = self._disclosures = 0
        self._missing_before = decryptor.missing

    def save(self, files: ExportFiles, storing: Callable[[int], None]) -> Written:
        """Store the segment; raises ExportFailedError when entries are missing from it."""
        stored = files.save(self._chunks(), storing)
        if self._segment.expected is not None and self._entries != self._segment.expected:
            raise ExportFailedError(ExportError.DIFFERS)
        sizes = [(piece.packed, piece.plain) for piece in self._pieces]
        missing = self._decryptor.missing - self._missing_before
        return Written(stored.name, self._entries, self._disclosures, missing, sizes)

    def _chunks(self) -> Iterator[bytes]:
        """Yield the compressed evidence as it is made, then the views, which wait in memory, compressed."""
        evidence_piece, csv_piece, ocsf_piece = self._pieces
        csv_chunks: list[bytes] = []
        ocsf_chunks: list[bytes] = []
        for rows, given in self._pages():
            for chunk in _chunked(rows):
                leaves = [(index, orjson.loads(leaf)) for index, _, leaf in chunk]
                self._entries += len(chunk)
                csv_chunks.append(csv_piece.take(b"".join([csv_format.row(*each) for each in leaves])))
                ocsf_chunks.append(ocsf_piece.take(b"".join([ocsf.row(*each) for each in leaves])))
                yield evidence_piece.take(
                    b"".join([evidence(index, leaf, given.get(entry, ())) for index, entry, leaf in chunk])
                )
        yield evidence_piece.end()
        yield from csv_chunks
        yield csv_piece.end()
        yield from ocsf_chunks
        yield ocsf_piece.end()

    def _pages(self) -> Iterator[tuple[Iterable[Row], dict[bytes, list[str]]]]:
        """Yield rows with the disclosures of their entries: page by page, since decrypting them writes to the log."""
        if not (self._export.disclose_staff or self._export.disclose_subject_case):
            yield _read(self._segment), {}
            return
        for part in self._segment.parts(_PAGE):
            page = list(_read(part))
            given = self._decrypt({UUID(bytes=entry): orjson.loads(leaf) for _, entry, leaf in page})
            self._disclosures += sum(len(set(texts)) for texts in given.values())
            yield page, given

    def _decrypt(self, leaves: dict[UUID, dict[str, Any]]) -> dict[bytes, list[str]]:
        flags = [self._export.disclose_staff, self._export.disclose_subject_case]
        rows = copied(_DISCLOSURES, [list(leaves), *flags], ["uuid", "text", "bytea"])
        opened = self._decryptor.decrypt(leaves, [EncryptedFields(*row) for row in rows])
        return {entry.bytes: texts for entry, texts in opened.items()}


def _chunked(rows: Iterable[Row]) -> Iterator[list[Row]]:
    left = iter(rows)
    while chunk := list(islice(left, _CHUNK)):
        yield chunk


def _read(segment: Segment) -> Iterator[Row]:
    """Yield index, id and leaf of a segment's entries, by index, as they come from the database."""
    with db.atomic():
        db.select_rows(_BY_KEY)
        sql = _ENTRIES.format(source=segment.source)
        rows = copied(sql, segment.parameters, ["int8", "bytea", "bytea"])
        yield from ((index, entry, leaf) for index, entry, leaf in rows)
