"""A person's entries of the log as files: CSV, JSON, a ZIP with the receipts. One pass, some entries at a time."""

from abc import ABC, abstractmethod
from base64 import b64encode
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from tempfile import TemporaryFile
from typing import IO, Any, NamedTuple
from uuid import UUID
from zipfile import ZIP_DEFLATED

import orjson
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from zipstream.ng import ZipStream

from audit.exports.csv_format import spreadsheet, spreadsheet_rows
from audit.log import rfc3339
from audit.log.models import Entry
from audit.merkle.hashing import leaf_hash
from audit.merkle.tlog_proofs import SUFFIX
from audit.search.entries import views_of
from audit.search.queries import Search, everything
from audit.tree.models import Leaf
from audit.tree.proof_download import key_options
from audit.tree.prover import SignedTree, make_receipts, signed_trees
from cases.presenters import timeline_of
from core import db
from core.files import CHUNK

FORMAT = "omegaoffice-own-log/1"
COLUMNS = ("id", "time", "event", "sentence", "by", "leaf_index", "leaf_hash", "leaf")
_BATCH = 500
#: of deflate: most of a receipt are hashes, which get no smaller
_LEVEL = 1


class OwnEntry(NamedTuple):
    """An entry with its cells; `leaf_index` is None while no signed tree holds it."""

    cells: dict[str, Any]
    leaf: bytes
    leaf_index: int | None


class About(NamedTuple):
    """What the files are about: the query, the entry of the download, which they end before, and the signed trees."""

    wanted: Search
    entry: UUID
    made_at: datetime
    trees: list[SignedTree]

    @property
    def facts(self) -> dict[str, Any]:
        """Return what the files say of themselves."""
        return {
            "format": FORMAT,
            "log": settings.OFFICE_LOG_ORIGIN,
            "made_at": rfc3339.write(self.made_at),
            "before_entry": str(self.entry),
            "filter": self.wanted.as_text(),
        }


class LogFile(ABC):
    """Writes entries to a file."""

    def __init__(self, file: IO[bytes], about: About) -> None:
        self.file, self.about = file, about

    @abstractmethod
    def add(self, batch: list[OwnEntry]) -> None:
        """Write some entries."""

    def end(self) -> None:  # noqa: B027  the file may need no end
        """Write what comes behind the entries."""


class CsvFile(LogFile):
    """A table for spreadsheets."""

    def __init__(self, file: IO[bytes], about: About) -> None:
        super().__init__(file, about)
        file.write(spreadsheet([COLUMNS]).encode())

    def add(self, batch: list[OwnEntry]) -> None:
        """Write a row for each entry."""
        self.file.write(spreadsheet_rows(each.cells.values() for each in batch).encode())


class JsonFile(LogFile):
    """One object; each entry is a line of its array."""

    def __init__(self, file: IO[bytes], about: About) -> None:
        super().__init__(file, about)
        self._separator = b"\n"
        file.write(orjson.dumps(about.facts)[:-1] + b',"entries":[')

    def add(self, batch: list[OwnEntry]) -> None:
        """Write an object for each entry."""
        for each in batch:
            self.file.write(self._separator + orjson.dumps(each.cells))
            self._separator = b",\n"

    def end(self) -> None:
        """Close the array and the object."""
        self.file.write(b"\n]}\n")


class ReceiptsFile(LogFile):
    """A ZIP: a receipt for each entry that a signed tree holds, then both files, how to check, the manifest."""

    def __init__(self, file: IO[bytes], about: About) -> None:
        super().__init__(file, about)
        self._parts: dict[str, LogFile] = {
            "log.csv": CsvFile(temporary_file(), about),
            "log.json": JsonFile(temporary_file(), about),
        }
        self._zip = ZipStream(compress_type=ZIP_DEFLATED, compress_level=_LEVEL)
        self._receipts, self._pending = 0, list[str]()

    def add(self, batch: list[OwnEntry]) -> None:
        """Write the receipts of some entries."""
        for part in self._parts.values():
            part.add(batch)
        first = 0
        for tree in self.about.trees:
            held = {each.leaf_index: each for each in batch if each.leaf_index in range(first, tree.size)}
            leaves = [(index, each.leaf) for index, each in held.items() if index is not None]
            for receipt in make_receipts(leaves, tree):
                self._zip.add(receipt.encode(), f"receipts/{held[receipt.index].cells['id']}{SUFFIX}")
            self._receipts += len(leaves)
            first = tree.size
        self._pending += [each.cells["id"] for each in batch if each.leaf_index is None]
        self.file.writelines(self._zip.all_files())

    def end(self) -> None:
        """Write the other files."""
        for name, part in self._parts.items():
            part.end()
            with part.file as file:
                size = file.tell()
                file.seek(0)
                self._zip.add(iter(partial(file.read, CHUNK), b""), name, size=size)
                self.file.writelines(self._zip.all_files())
        context = {"keys": key_options(), "url": settings.OFFICE_URL.rstrip("/") + reverse("log:verify_script")}
        self._zip.add(render_to_string("rights/log_readme.txt", context).encode(), "README.txt")
        facts = {
            **self.about.facts,
            "entries": self._receipts + len(self._pending),
            "receipts": self._receipts,
            "not_signed_yet": self._pending,
            "trees": [tree.size for tree in self.about.trees],
        }
        self._zip.add(orjson.dumps(facts, option=orjson.OPT_INDENT_2), "manifest.json")
        self.file.writelines(self._zip.finalize())


def temporary_file() -> IO[bytes]:
    """Return a file without a name: it is gone once it is closed."""
    return TemporaryFile()


def write_log(kind: type[LogFile], wanted: Search, entry: UUID, now: datetime) -> IO[bytes]:
    """Return an unnamed temporary file with the entries before `entry`, oldest first, at its beginning.

    Call it in `db.row_security_for`. It is whole before its first byte is sent, so that a slow client keeps neither a
    transaction nor a thread waiting.
    """
    about = About(wanted, entry, now, signed_trees())
    file = temporary_file()
    try:
        writer = kind(file, about)
        for batch in _batches(about):
            writer.add(batch)
        writer.end()
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def _batches(about: About) -> Iterator[list[OwnEntry]]:
    """Yield the entries from a cursor of the database: one statement, which sees one state of the log."""
    query, size = everything(about.wanted, older=about.entry), about.trees[-1].size if about.trees else 0
    with db.connection().chunked_cursor() as cursor:
        cursor.execute(query.sql, query.parameters)
        while rows := cursor.fetchmany(_BATCH):
            entries = [Entry(*row) for row in rows]
            leaves = Leaf.objects.filter(entry__in=[entry.id for entry in entries], index__lt=size)
            indexes = dict(leaves.values_list("entry", "index"))
            told = timeline_of(views_of(entries), {}, own=about.wanted.subject)
            yield [_own_entry(entry, indexes.get(entry.id), row) for entry, row in zip(entries, told, strict=True)]


def _own_entry(entry: Entry, index: int | None, told: dict[str, Any]) -> OwnEntry:
    leaf = bytes(entry.leaf)
    values = (
        str(entry.id),
        rfc3339.write(entry.time),
        entry.event,
        told["sentence"],
        told["actor"],
        index,
        leaf_hash(leaf).hex(),
        b64encode(leaf).decode(),
    )
    return OwnEntry(dict(zip(COLUMNS, values, strict=True)), leaf, index)
