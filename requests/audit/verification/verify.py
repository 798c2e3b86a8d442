"""Verify the whole log: read everything again and report the first difference."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from uuid import UUID

from audit import db_guards
from audit.errors import TamperedError
from audit.log import event_types
from audit.log.partitions import missing_partitions
from audit.merkle.hashing import HASH_BYTES
from audit.merkle.signed_notes import NoteError
from audit.merkle.tree import EMPTY, TILE_WIDTH, Edge, Tile, extend, root
from audit.publishing import published
from audit.sequencer import pending
from audit.tree import checkpoints
from core import db

from . import worker
from .pool import WorkerPool
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
_APART = """
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
    apart: int = 0
    first_apart: UUID | None = None
    #: cosignatures that verify, and those by keys that OFFICE_WITNESSES does not name
    cosignatures: int = 0
    unknown: int = 0
    #: sentences about published copies that cannot be read
    missing: list[str] = field(default_factory=list)


class _HoleError(TamperedError):
    """A leaf index without a leaf."""

    def __init__(self, index: int) -> None:
        super().__init__(f"place {index} of the tree", "it is empty")
        self.index = index


def _check_tiles(cursor: Any, tiles: list[Tile], *, final: bool) -> int:
    """Compare full tiles (at the end partial ones too) with the stored ones; return how many."""
    finished = [tile for tile in tiles if final or tile.width == TILE_WIDTH]
    cursor.execute(
        "SELECT level, number, width, hashes FROM audit_tile JOIN unnest(%s::int[], %s::bigint[]) AS at (l, n) "
        "ON level = l AND number = n",
        [[tile.level for tile in finished], [tile.number for tile in finished]],
    )
    stored = {(level, number): (width, bytes(hashes)) for level, number, width, hashes in cursor.fetchall()}
    for tile in finished:
        if stored.get((tile.level, tile.number)) != (tile.width, tile.hashes):
            raise TamperedError(f"tile {tile.path}", "it is not what the entries give")
    return len(finished)


def _read_checkpoints(cursor: Any) -> dict[int, bytes]:
    """Return size → root of every stored checkpoint; raises TamperedError unless its signed note says the same."""
    cursor.execute("SELECT size, root, note FROM audit_checkpoint ORDER BY size")
    roots = {}
    for size, root_, note in cursor.fetchall():
        try:
            opened = checkpoints.opened(note.encode())
        except NoteError as error:
            raise TamperedError(f"checkpoint {size}", str(error)) from None
        if (opened.size, opened.root) != (size, bytes(root_)):
            raise TamperedError(f"checkpoint {size}", "its columns differ from its signed note")
        roots[size] = opened.root
    return roots


def _read_hashes(cursor: Any, start: int, stop: int) -> list[bytes]:
    """Return the leaf hashes from index `start` up to `stop`; raises for a missing leaf."""
    cursor.execute(_HASHES, [start, stop])
    count, last, joined = cursor.fetchone()
    if (count, last) != (stop - start, stop - 1):
        cursor.execute(_INDEXES, [start, stop])
        taken = {index for (index,) in cursor.fetchall()}
        if (hole := next((index for index in range(start, stop) if index not in taken), None)) is not None:
            raise _HoleError(hole)
        # Possible only without the primary key, which the table's owner can drop.
        raise TamperedError(f"places {start} to {last} of the tree", "two entries stand at one of them")
    hashes = bytes(joined)
    if len(hashes) != count * HASH_BYTES:
        raise TamperedError(f"places {start} to {last} of the tree", f"a hash has not {HASH_BYTES} bytes")
    return [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]


def _read_tree(cursor: Any, size: int, roots: dict[int, bytes], found: Verified) -> Edge:
    """Rebuild the tree from its leaf hashes, comparing tiles and checkpoints on the way; return its edge."""
    edge, open_tiles = EMPTY, dict[tuple[int, int], Tile]()
    stops = sorted({min(stop, size) for stop in (*roots, size, *range(CHUNK, size, CHUNK))} - {0})
    for start, stop in pairwise([0, *stops]):
        edge, tiles = extend(edge, _read_hashes(cursor, start, stop))
        open_tiles |= {(tile.level, tile.number): tile for tile in tiles}
        full = [tile for tile in open_tiles.values() if tile.width == TILE_WIDTH]
        found.tiles += _check_tiles(cursor, full, final=False)
        for tile in full:
            del open_tiles[tile.level, tile.number]
        if edge.size in roots and root(edge) != roots[edge.size]:
            raise TamperedError(f"checkpoint {edge.size}", "its root is not what the entries give")
    if roots and max(roots) > edge.size:
        raise TamperedError(f"checkpoint {max(roots)}", f"there are only {edge.size} entries in the tree")
    found.tiles += _check_tiles(cursor, list(open_tiles.values()), final=True)
    return edge


def _id_ranges(cursor: Any, size: int) -> list[IdRange]:
    """Split all possible ids into ranges of about RANGE_SIZE entries."""
    cursor.execute("SELECT entry FROM audit_leaf WHERE index = ANY (%s)", [list(range(RANGE_SIZE, size, RANGE_SIZE))])
    ends = sorted({entry for (entry,) in cursor.fetchall()} - {worker.HIGHEST})
    starts = [worker.LOWEST, *(UUID(int=end.int + 1) for end in ends)]
    return list(zip(starts, [*ends, worker.HIGHEST], strict=True))


def _check_entries(cursor: Any, size: int, check_tree: Callable[[], None]) -> Iterator[tuple[int, Discrepancy | None]]:
    """Yield the number of entries of each range and its first difference; call `check_tree` meanwhile."""
    connection, rules = db.connection(), event_types.personal_rules()
    if size < PROCESSES_FROM:
        check_tree()
        yield worker.check_range(connection.connection, worker.LOWEST, worker.HIGHEST, rules)
        return
    cursor.execute("SELECT pg_export_snapshot()")
    snapshot = cursor.fetchone()[0]
    with WorkerPool(connection.get_connection_params(), snapshot, _id_ranges(cursor, size), rules) as workers:
        check_tree()
        yield from workers.results()


def _check_rest(cursor: Any, found: Verified) -> None:
    for place, difference in pending.faults(cursor, 1):
        raise TamperedError(place, difference)
    cursor.execute("SELECT count(*) FROM audit_pending")
    found.pending = cursor.fetchone()[0]
    cursor.execute("SELECT size FROM audit_head")
    if (head := cursor.fetchone()) is None or head[0] != found.size:
        raise TamperedError("the head", f"it does not say {found.size} entries")
    cursor.execute("SELECT count(*) FROM audit_tile")
    if cursor.fetchone()[0] != found.tiles:
        raise TamperedError("the tiles", "there are more than the entries give")


def _check_tree(cursor: Any, roots: dict[int, bytes], found: Verified, progress: Callable[[int], None]) -> None:
    """Compare entries, tree, tiles and checkpoints, and raise the first difference in the order of the tree.

    Everything is read before anything is reported, so which one is first does not depend on the workers' speed.
    """
    cursor.execute("SELECT coalesce(max(index) + 1, 0), coalesce(min(index), 0) FROM audit_leaf")
    size, lowest = cursor.fetchone()
    faults: list[Discrepancy] = []
    if lowest < 0:  # no range of indexes below would reach it
        faults.append(Discrepancy(IN_TREE, lowest, f"place {lowest} of the tree", "there is no such place"))

    def check_tree() -> None:
        try:
            edge = _read_tree(cursor, size, roots, found)
            found.size, found.root = edge.size, root(edge)
        except _HoleError as error:
            faults.append(Discrepancy(IN_TREE, error.index, error.place, error.difference))
        except TamperedError as error:
            faults.append(Discrepancy(IN_TREE_AS_A_WHOLE, 0, error.place, error.difference))

    read = 0
    for count, fault in _check_entries(cursor, size, check_tree):
        faults += [fault] if fault else []
        read += count
        progress(read)
    if faults:
        first = min(faults)
        raise TamperedError(first.place, first.difference)
    found.entries, found.checkpoints = found.size, len(roots)


def verify(progress: Callable[[int], None] = lambda _count: None) -> Verified:
    """Read everything in one snapshot and return what agrees; raises TamperedError for the first difference.

    Costs one pass over the entries in constant memory, on several cores where there are many; `progress` gets the
    number read so far. Raises CannotCheckError where a worker process stops.
    """
    found = Verified()
    connection, outside = db.connection(), published.read_published()
    with db.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        if differences := db_guards.differences(cursor):
            raise TamperedError("the guards", differences[0])
        for name in missing_partitions(cursor):
            raise TamperedError("the partitions", f"{name} is missing: it was dropped, or not made for days")
        roots = _read_checkpoints(cursor)
        found.missing = published.compare(outside)
        found.cosignatures, found.unknown = check_published(cursor, outside, roots)
        _check_tree(cursor, roots, found, progress)
        _check_rest(cursor, found)
        cursor.execute(f"SELECT count(*) {_APART}")
        found.apart = cursor.fetchone()[0]
        if found.apart:
            cursor.execute(f"SELECT id {_APART} ORDER BY id LIMIT 1")
            found.first_apart = cursor.fetchone()[0]
    return found
