"""Read the whole log again and name the first thing that does not agree."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson

from audit import checkpoints, guards, publication, sides, times
from audit.errors import TamperedError
from audit.hashing import leaf_hash
from audit.notes import NoteError
from audit.tree import EMPTY, TILE_WIDTH, Edge, Tile, extend, root

CHUNK = 4096

_LINES = """
SELECT l.index, l.entry, l.hash, e.leaf, e.time, e.actor, e.event, e.outcome, e.subject, e.case_ref
FROM audit_leaf l LEFT JOIN audit_entry e ON e.id = l.entry ORDER BY l.index
"""
_STRAYS = """
SELECT e.id FROM audit_entry e
WHERE NOT EXISTS (SELECT 1 FROM audit_leaf l WHERE l.entry = e.id)
  AND NOT EXISTS (SELECT 1 FROM audit_pending p WHERE p.entry = e.id) LIMIT 1
"""
_PENDING = "SELECT p.entry, p.leaf_hash, e.leaf FROM audit_pending p LEFT JOIN audit_entry e ON e.id = p.entry"


@dataclass
class Verified:
    """What was read and agreed."""

    entries: int = 0
    pending: int = 0
    checkpoints: int = 0
    size: int = 0
    root: bytes = b""
    tiles: int = 0
    #: sentences about published checkpoints that should be outside the database and cannot be read
    missing: list[str] = field(default_factory=list)


def check_line(entry: UUID, hash_: bytes, row: tuple[Any, ...]) -> None:
    """Raise TamperedError where an entry's bytes, its leaf hash and its projected columns do not agree."""
    leaf, time, actor, event, outcome, subject, case = row
    place = f"entry {entry}"
    if leaf is None:
        raise TamperedError(place, "it is in the tree and gone from the table")
    leaf = bytes(leaf)
    if leaf_hash(leaf) != bytes(hash_):
        raise TamperedError(place, "its bytes are not the ones that were hashed")
    said = orjson.loads(leaf)
    columns = {
        "id": str(entry),
        "time": times.write(time),
        "actor": actor,
        "event": event,
        "outcome": outcome,
        "subject": subject,
    }
    for name, value in columns.items():
        if said[name] != value:
            raise TamperedError(place, f"column {name!r} differs from its bytes")
    if said["payload"].get("case") != case:
        raise TamperedError(place, "column 'case_ref' differs from its bytes")


def _check_tiles(cursor: Any, tiles: list[Tile], *, final: bool) -> int:
    """Compare finished tiles (all of them at the end) with the stored ones; return how many."""
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
    """Return size → root of every stored checkpoint whose note is signed and says the same."""
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


def _batches(cursor: Any, stops: list[int]) -> Iterator[list[tuple[Any, ...]]]:
    """Yield rows in batches that end at every checkpoint's size."""
    at, waiting = 0, sorted(stops)
    while True:
        while waiting and waiting[0] <= at:
            waiting.pop(0)
        rows = cursor.fetchmany(min(CHUNK, waiting[0] - at) if waiting else CHUNK)
        if not rows:
            return
        at += len(rows)
        yield rows


def _check_rest(cursor: Any, found: Verified) -> None:
    cursor.execute(_STRAYS)
    if (stray := cursor.fetchone()) is not None:
        raise TamperedError(f"entry {stray[0]}", "it is neither in the tree nor waiting for it")
    cursor.execute(_PENDING)
    for entry, hash_, leaf in cursor.fetchall():
        if leaf is None or leaf_hash(bytes(leaf)) != bytes(hash_):
            raise TamperedError(f"entry {entry}", "what waits for the tree is not its hash")
        found.pending += 1
    cursor.execute("SELECT size FROM audit_head")
    if (head := cursor.fetchone()) is None or head[0] != found.size:
        raise TamperedError("the head", f"it does not say {found.size} entries")
    cursor.execute("SELECT count(*) FROM audit_tile")
    if cursor.fetchone()[0] != found.tiles:
        raise TamperedError("the tiles", "there are more than the entries give")


def verify(progress: Callable[[int], None] = lambda _count: None) -> Verified:
    """Read everything in one snapshot and return what agreed; raises TamperedError for the first thing that does not.

    Costs one pass over the entries in constant memory; `progress` is told the number read so far.
    """
    found, edge = Verified(), EMPTY
    connection, outside = sides.connection(), publication.read_published()
    with sides.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        if differences := guards.differences(cursor):
            raise TamperedError("the guards", differences[0])
        roots = _read_checkpoints(cursor)
        found.missing = publication.compare(outside)
        open_tiles: dict[tuple[int, int], Tile] = {}
        with connection.connection.cursor(name="audit_verify") as lines:
            lines.execute(_LINES)
            for rows in _batches(lines, list(roots)):
                edge = _take_rows(edge, rows, open_tiles)
                full = [tile for tile in open_tiles.values() if tile.width == TILE_WIDTH]
                found.tiles += _check_tiles(cursor, full, final=False)
                for tile in full:
                    del open_tiles[tile.level, tile.number]
                if edge.size in roots and root(edge) != roots[edge.size]:
                    raise TamperedError(f"checkpoint {edge.size}", "its root is not what the entries give")
                progress(edge.size)
        if roots and max(roots) > edge.size:
            raise TamperedError(f"checkpoint {max(roots)}", f"there are only {edge.size} entries in the tree")
        found.tiles += _check_tiles(cursor, list(open_tiles.values()), final=True)
        found.entries = found.size = edge.size
        found.root = root(edge)
        found.checkpoints = len(roots)
        _check_rest(cursor, found)
    return found


def _take_rows(edge: Edge, rows: list[tuple[Any, ...]], open_tiles: dict[tuple[int, int], Tile]) -> Edge:
    hashes = []
    for expected, (index, entry, hash_, *row) in enumerate(rows, start=edge.size):
        if index != expected:
            raise TamperedError(f"place {expected} of the tree", "it is empty")
        check_line(entry, hash_, tuple(row))
        hashes.append(bytes(hash_))
    edge, tiles = extend(edge, hashes)
    open_tiles.update({(tile.level, tile.number): tile for tile in tiles})
    return edge
