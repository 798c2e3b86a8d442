"""Verify the whole log: read everything again and report the first difference."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from uuid import UUID

from audit import db_guards
from audit.erasure.journal import check_journal
from audit.errors import CannotCheckError, TamperedError
from audit.log import event_types
from audit.log.actors import Actor
from audit.log.append import append
from audit.log.event_types import ProgramText
from audit.log.events import LOG_DIFFERED, LOG_VERIFIED
from audit.log.partitions import missing_partitions
from audit.merkle.hashing import HASH_BYTES
from audit.merkle.signed_notes import NoteError
from audit.merkle.tree import EMPTY, TILE_WIDTH, Edge, Tile, extend, root
from audit.publishing import published
from audit.sequencer import pending
from audit.tree import checkpoints
from core import db

from . import worker
from .pool import worker_pool
from .verify_published import check_published
from .worker import IN_TREE, IN_TREE_AS_A_WHOLE, Discrepancy, IdRange

CHUNK = 16_384
#: number of entries from which on worker processes read them, and about how many of them are in one range
PROCESSES_FROM = 100_000
RANGE_SIZE = 50_000

_HASHES = """
SELECT count(*), max(index), string_agg(hash, ''::bytea ORDER BY index)
FROM audit_leaf WHERE index >= %s AND index < %s
"""
_INDEXES = "SELECT index FROM audit_leaf WHERE index >= %s AND index < %s ORDER BY index"
# What an entry authorises depends on written_at, which is not in the leaf: the table's owner can change it, and earlier
# versions let the writer set it. Entries where it is more than a minute from the leaf's time are counted.
_MISDATED = """
FROM audit_entry WHERE written_at NOT BETWEEN time - interval '1 minute' AND time + interval '1 minute'
    OR written_at > clock_timestamp()
"""


@dataclass
class Verified:
    """What was read and agrees."""

    entries: int = 0
    pending: int = 0
    checkpoints: int = 0
    size: int = 0
    root: bytes = b""
    tiles: int = 0
    #: entries whose time is not the one at which the database wrote them, and the first of them
    misdated: int = 0
    first_misdated: UUID | None = None
    #: cosignatures that verify, and those by keys that OFFICE_WITNESSES does not name
    cosignatures: int = 0
    unknown: int = 0
    #: sentences about published copies, or a journal of erasures, that cannot be read
    missing: list[str] = field(default_factory=list)


class _MissingLeafError(TamperedError):
    """A leaf index without a leaf."""

    def __init__(self, index: int) -> None:
        super().__init__(f"leaf {index}", "it is missing")
        self.index = index


def _check_tiles(tiles: list[Tile]) -> int:
    """Compare tiles with the stored ones; return how many."""
    rows = db.select_rows(
        "SELECT level, number, width, hashes FROM audit_tile JOIN unnest(%s::int[], %s::bigint[]) AS at (l, n) "
        "ON level = l AND number = n",
        [[tile.level for tile in tiles], [tile.number for tile in tiles]],
    )
    stored = {(level, number): (width, bytes(hashes)) for level, number, width, hashes in rows}
    for tile in tiles:
        if stored.get((tile.level, tile.number)) != (tile.width, tile.hashes):
            raise TamperedError(f"tile {tile.path}", "it is not what the entries give")
    return len(tiles)


def _read_checkpoints() -> dict[int, bytes]:
    """Return size → root of every stored checkpoint; raises TamperedError unless its signed note says the same."""
    roots = {}
    for size, root_, note in db.select_rows("SELECT size, root, note FROM audit_checkpoint ORDER BY size"):
        try:
            opened = checkpoints.opened(note.encode())
        except NoteError as error:
            raise TamperedError(f"checkpoint {size}", str(error)) from None
        if (opened.size, opened.root) != (size, bytes(root_)):
            raise TamperedError(f"checkpoint {size}", "its columns differ from its signed note")
        roots[size] = opened.root
    return roots


def _read_hashes(start: int, stop: int) -> list[bytes]:
    """Return the leaf hashes from index `start` up to `stop`; raises for a missing leaf."""
    ((count, last, joined),) = db.select_rows(_HASHES, [start, stop])
    if (count, last) != (stop - start, stop - 1):
        present = {index for (index,) in db.select_rows(_INDEXES, [start, stop])}
        missing = next((index for index in range(start, stop) if index not in present), None)
        if missing is not None:
            raise _MissingLeafError(missing)
        # Possible only without the primary key, which the table's owner can drop.
        raise TamperedError(f"leaves {start} to {last}", "two entries have the same index")
    hashes = bytes(joined)
    if len(hashes) != count * HASH_BYTES:
        raise TamperedError(f"leaves {start} to {last}", f"a hash does not have {HASH_BYTES} bytes")
    return [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]


def _read_tree(size: int, roots: dict[int, bytes], found: Verified) -> Edge:
    """Rebuild the tree from its leaf hashes, comparing tiles and checkpoints on the way; return its edge."""
    edge, open_tiles = EMPTY, dict[tuple[int, int], Tile]()
    stops = sorted({min(stop, size) for stop in (*roots, size, *range(CHUNK, size, CHUNK))} - {0})
    for start, stop in pairwise([0, *stops]):
        edge, tiles = extend(edge, _read_hashes(start, stop))
        open_tiles |= {(tile.level, tile.number): tile for tile in tiles}
        full = [tile for tile in open_tiles.values() if tile.width == TILE_WIDTH]
        found.tiles += _check_tiles(full)
        for tile in full:
            del open_tiles[tile.level, tile.number]
        if edge.size in roots and root(edge) != roots[edge.size]:
            raise TamperedError(f"checkpoint {edge.size}", "its root is not what the entries give")
    if roots and max(roots) > edge.size:
        raise TamperedError(f"checkpoint {max(roots)}", f"there are only {edge.size} entries in the tree")
    found.tiles += _check_tiles(list(open_tiles.values()))
    return edge


def _id_ranges(size: int) -> list[IdRange]:
    """Split all possible ids into ranges of about RANGE_SIZE entries."""
    indexes = list(range(RANGE_SIZE, size, RANGE_SIZE))
    rows = db.select_rows("SELECT entry FROM audit_leaf WHERE index = ANY (%s)", [indexes])
    ends = sorted({entry for (entry,) in rows} - {worker.HIGHEST})
    starts = [worker.LOWEST, *(UUID(int=end.int + 1) for end in ends)]
    return list(zip(starts, [*ends, worker.HIGHEST], strict=True))


def _check_entries(size: int, check_tree: Callable[[], None]) -> Iterator[tuple[int, Discrepancy | None]]:
    """Yield the number of entries of each range and its first difference; call `check_tree` meanwhile."""
    connection, rules = db.connection(), event_types.personal_rules()
    if size < PROCESSES_FROM:
        check_tree()
        yield worker.check_range(connection.connection, worker.LOWEST, worker.HIGHEST, rules)
        return
    snapshot = db.select_value("SELECT pg_export_snapshot()")
    with worker_pool(connection.get_connection_params(), snapshot, _id_ranges(size), rules) as results:
        check_tree()
        yield from results


def _check_counts(found: Verified) -> None:
    for entry, difference in pending.faults(1):
        raise TamperedError(entry, difference)
    found.pending = db.select_value("SELECT count(*) FROM audit_pending")
    if db.select_rows("SELECT size FROM audit_head") != [(found.size,)]:
        raise TamperedError("table audit_head", f"its size is not {found.size}, the number of leaves")
    if db.select_value("SELECT count(*) FROM audit_tile") != found.tiles:
        raise TamperedError("the tiles", "there are more than the entries give")


def _check_tree(roots: dict[int, bytes], found: Verified, progress: Callable[[int], None]) -> None:
    """Compare entries, tree, tiles and checkpoints, and raise the first difference in the order of the tree.

    Everything is read before anything is reported, so which one is first does not depend on the workers' speed.
    """
    bounds = "SELECT coalesce(max(index) + 1, 0), coalesce(min(index), 0) FROM audit_leaf"
    ((size, lowest),) = db.select_rows(bounds)
    faults: list[Discrepancy] = []
    if lowest < 0:  # no range of indexes below would reach it
        faults.append(Discrepancy(IN_TREE, lowest, f"leaf {lowest}", "a leaf index is never negative"))

    def check_tree() -> None:
        try:
            edge = _read_tree(size, roots, found)
            found.size, found.root = edge.size, root(edge)
        except _MissingLeafError as error:
            faults.append(Discrepancy(IN_TREE, error.index, error.location, error.difference))
        except TamperedError as error:
            faults.append(Discrepancy(IN_TREE_AS_A_WHOLE, 0, error.location, error.difference))

    read = 0
    for count, fault in _check_entries(size, check_tree):
        faults += [fault] if fault else []
        read += count
        progress(read)
    if faults:
        first = min(faults)
        raise TamperedError(first.location, first.difference)
    found.entries, found.checkpoints = found.size, len(roots)


def verify(progress: Callable[[int], None] = lambda _count: None) -> Verified:
    """Read everything in one snapshot and return what agrees; raises TamperedError for the first difference.

    Costs one pass over the entries in constant memory, on several cores where there are many, and one over the journal
    of erasures; `progress` gets the number of entries read so far. Raises CannotCheckError where a worker process
    stops.
    """
    found = Verified()
    connection, outside = db.connection(), published.read_published()
    with db.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        if differences := db_guards.differences(cursor):
            raise TamperedError("the schema", differences[0])
        for name in missing_partitions():
            raise TamperedError("the partitions", f"{name} is missing: it was dropped, or not made for days")
        roots = _read_checkpoints()
        found.missing = published.compare(outside)
        found.cosignatures, found.unknown = check_published(outside, roots)
        _check_tree(roots, found, progress)
        _check_counts(found)
        found.misdated = db.select_value(f"SELECT count(*) {_MISDATED}")
        if found.misdated:
            found.first_misdated = db.select_value(f"SELECT id {_MISDATED} ORDER BY id LIMIT 1")
    try:
        found.missing += check_journal()
    except CannotCheckError as error:
        found.missing.append(str(error))
    return found


def verify_and_record(
    *, actor: Actor, clock: Callable[[], datetime], progress: Callable[[int], None] = lambda _count: None
) -> Verified:
    """Verify the log under the current database role and append the result; raises as `verify` does.

    Verifying takes minutes: `clock` is called when it is done.
    """
    try:
        found = verify(progress)
    except TamperedError as error:
        differed = {"place": ProgramText.clean(error.location), "difference": ProgramText.clean(error.difference)}
        with db.atomic():
            append(LOG_DIFFERED, actor=actor, subject=None, now=clock(), payload=differed, outcome="failed")
        raise
    with db.atomic():
        agreed = {"entries": found.entries, "checkpoint": found.size}
        append(LOG_VERIFIED, actor=actor, subject=None, now=clock(), payload=agreed)
    return found
