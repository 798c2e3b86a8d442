"""Write one segment of an export: evidence and views, compressed, into one encrypted file."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from uuid import UUID

import orjson

from audit import csv_view, ocsf, sides
from audit.bundle import evidence
from audit.bundle.frames import Digest, Piece
from audit.export_states import ExportError
from audit.models import Export

from .export_disclosures import Opener, Sealed
from .export_files import ExportFiles
from .plan_export import ExportFailedError, Stretch, copied

#: entries that are opened and written at a time where something is disclosed
_PAGE = 2_000
#: lines that compressors get at a time
_BITE = 256
#: ids as bytes: making a UUID of each would cost a quarter of the reading, and few need one
_ENTRIES = "SELECT l.index, uuid_send(e.id), e.leaf FROM {source} ORDER BY l.index"
#: Every entry by its key, in the order of the tree: the planner, which takes a join of thousands of rows for a reason
#: to read whole partitions and sort them, would be slower by far at ten million entries.
_BY_KEY = """
SELECT set_config(name, 'off', true)
FROM unnest(ARRAY['enable_hashjoin', 'enable_mergejoin', 'enable_seqscan', 'enable_bitmapscan']) AS name
"""
_HELD = """
SELECT d.entry, d.holder, d.sealed FROM audit_disclosure d JOIN audit_entry e ON e.id = d.entry
WHERE d.entry = ANY (%s) AND (
    (%s AND e.actor = 'staff:' || d.holder AND e.subject IS DISTINCT FROM d.holder) OR (%s AND e.subject = d.holder))
"""
Row = tuple[int, bytes, bytes]


@dataclass
class Digests:
    """The three files that grow segment by segment."""

    evidence: Digest = field(default_factory=Digest)
    csv: Digest = field(default_factory=lambda: Digest(csv_view.HEADER))
    ocsf: Digest = field(default_factory=lambda: Digest(ocsf.HEADER))

    def all(self) -> tuple[Digest, Digest, Digest]:
        """Return them in the order of the pieces in a segment."""
        return self.evidence, self.csv, self.ocsf

    def copy(self) -> "Digests":
        """Return digests that go on from here: those of a segment that is not stored do not count."""
        return Digests(*(digest.copy() for digest in self.all()))


@dataclass
class Written:
    """A segment that is stored."""

    name: str
    entries: int
    disclosures: int
    #: disclosures that should be there and are not, or do not open
    missing: int
    #: (compressed, plain) bytes of each piece
    sizes: list[tuple[int, int]]


class SegmentWriter:
    """Writes one segment; `digests` have taken it in once `save` returns."""

    def __init__(self, export: Export, stretch: Stretch, digests: Digests, opener: Opener) -> None:
        self._export = export
        self._stretch = stretch
        self._opener = opener
        self._pieces = [Piece(export.compress, digest) for digest in digests.all()]
        self._entries = self._disclosures = 0
        self._missing_before = opener.missing

    def save(self, files: ExportFiles, storing: Callable[[int], None]) -> Written:
        """Store the segment; raises ExportFailedError when entries are missing from it."""
        name = files.save(self._chunks(), storing)
        if self._stretch.expected is not None and self._entries != self._stretch.expected:
            raise ExportFailedError(ExportError.DIFFERS)
        sizes = [(piece.packed, piece.plain) for piece in self._pieces]
        return Written(name, self._entries, self._disclosures, self._opener.missing - self._missing_before, sizes)

    def _chunks(self) -> Iterator[bytes]:
        """Yield the compressed evidence as it is made, then the views, which wait for their turn compressed."""
        evidence_piece, csv_piece, ocsf_piece = self._pieces
        csv_kept: list[bytes] = []
        ocsf_kept: list[bytes] = []
        for rows, given in self._pages():
            for bite in _bites(rows):
                leaves = [(index, orjson.loads(leaf)) for index, _, leaf in bite]
                self._entries += len(bite)
                csv_kept.append(csv_piece.take(b"".join([csv_view.row(*each) for each in leaves])))
                ocsf_kept.append(ocsf_piece.take(b"".join([ocsf.row(*each) for each in leaves])))
                yield evidence_piece.take(
                    b"".join([evidence.line(index, leaf, given.get(entry, ())) for index, entry, leaf in bite])
                )
        yield evidence_piece.end()
        yield from csv_kept
        yield csv_piece.end()
        yield from ocsf_kept
        yield ocsf_piece.end()

    def _pages(self) -> Iterator[tuple[Iterable[Row], dict[bytes, list[str]]]]:
        """Yield rows with the disclosures of their entries: page by page, since opening one writes to the log."""
        if not (self._export.disclose_staff or self._export.disclose_subject_case):
            yield _read(self._stretch), {}
            return
        for part in self._stretch.parts(_PAGE):
            page = list(_read(part))
            given = self._open({UUID(bytes=entry): orjson.loads(leaf) for _, entry, leaf in page})
            self._disclosures += sum(len(set(texts)) for texts in given.values())
            yield page, given

    def _open(self, leaves: dict[UUID, dict[str, Any]]) -> dict[bytes, list[str]]:
        flags = [self._export.disclose_staff, self._export.disclose_subject_case]
        held = [Sealed(*row) for row in copied(_HELD, [list(leaves), *flags], ["uuid", "text", "bytea"])]
        opened = self._opener.open(leaves, held)
        return {entry.bytes: texts for entry, texts in opened.items()}


def _bites(rows: Iterable[Row]) -> Iterator[list[Row]]:
    left = iter(rows)
    while bite := list(islice(left, _BITE)):
        yield bite


def _read(stretch: Stretch) -> Iterator[Row]:
    """Yield index, id and leaf of a stretch's entries, by index, as they come from the database."""
    with sides.atomic():
        with sides.connection().cursor() as cursor:
            cursor.execute(_BY_KEY)
        sql = _ENTRIES.format(source=stretch.source)
        rows = copied(sql, stretch.parameters, ["int8", "bytea", "bytea"])
        yield from ((index, entry, leaf) for index, entry, leaf in rows)
