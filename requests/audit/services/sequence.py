"""Take what is pending into the tree, then sign the head: LOG.md, "Sequencer".

Each statement is a function of its own, so that the tests can end the process between any two of them.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.errors import UniqueViolation

from audit import checkpoints, sides
from audit.models import Checkpoint
from audit.pending import ITS_HASH, ITS_INDEX
from audit.tiles import read_tiles
from audit.tree import Edge, Tile, edge_of, extend, right_edge, root

from .deliver_checkpoints import deliver_checkpoints, queue_deliveries

BATCH = 10_000
#: before the first row of any table
_START = "(0,0)"

# What names no entry or another hash stays where it is: see `pending`.
_FIT = f"SELECT p.ctid, p.entry FROM audit_pending p WHERE p.ctid >= %s::tid AND p.leaf_hash = {ITS_HASH}"
_TAKE = f"""
DELETE FROM audit_pending WHERE ctid = ANY (ARRAY(SELECT ctid FROM ({_FIT} LIMIT %s) fit))
RETURNING entry, leaf_hash, ctid::text
"""
#: the same without what waits twice or is in the tree already; a third slower, and needed after such a row was made
_TAKE_ONCE = f"""
DELETE FROM audit_pending WHERE ctid = ANY (ARRAY(
    SELECT DISTINCT ON (entry) ctid FROM ({_FIT} AND {ITS_INDEX} IS NULL LIMIT %s) fit ORDER BY entry, ctid))
RETURNING entry, leaf_hash, ctid::text
"""
_Taken = Sequence[tuple[UUID, bytes]]


def _lock_head(cursor: Any) -> int:
    """Let one sequencer in at a time, and return the size of the tree."""
    cursor.execute("SELECT size FROM audit_head FOR UPDATE")
    return int(cursor.fetchone()[0])


def _take(cursor: Any, start: str, statement: str) -> tuple[_Taken, str]:
    """Take pending rows from the place `start` of their table on; return them and where the next ones lie.

    The rows of earlier batches stay in the table, dead, until it is vacuumed: without a place to begin at, each
    batch would read past all of them. Rows that come to lie before that place are found by the next call.
    """
    cursor.execute(statement, [start, BATCH])
    rows = cursor.fetchall()
    place = f"{rows[-1][2].partition(',')[0]},0)" if rows else start
    return [(entry, bytes(hash_)) for entry, hash_, _ in rows], place


def _load_edge(size: int) -> Edge:
    stored = read_tiles([(level, number) for level, number, _ in right_edge(size)])
    return edge_of(size, [Tile(level, number, hashes) for (level, number), hashes in stored.items()])


def _store_leaves(cursor: Any, size: int, taken: _Taken) -> None:
    with cursor.copy("COPY audit_leaf (index, entry, hash) FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(["int8", "uuid", "bytea"])
        for index, (entry, hash_) in enumerate(taken, start=size):
            copy.write_row((index, entry, hash_))


def _widen_tiles(cursor: Any, size: int, tiles: Sequence[Tile]) -> None:
    """Write the tiles that were there already: of each level the one in which a tree of `size` entries ended."""
    before = {(level, number) for level, number, _ in right_edge(size)}
    cursor.executemany(
        "UPDATE audit_tile SET width = %s, hashes = %s WHERE level = %s AND number = %s",
        [(t.width, t.hashes, t.level, t.number) for t in tiles if (t.level, t.number) in before],
    )


def _store_tiles(cursor: Any, size: int, tiles: Sequence[Tile]) -> None:
    before = {(level, number) for level, number, _ in right_edge(size)}
    with cursor.copy("COPY audit_tile (level, number, width, hashes) FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(["int2", "int8", "int2", "bytea"])
        for tile in tiles:
            if (tile.level, tile.number) not in before:
                copy.write_row((tile.level, tile.number, tile.width, tile.hashes))


def _move_head(cursor: Any, size: int) -> None:
    cursor.execute("UPDATE audit_head SET size = %s", [size])


def take_batch(start: str = _START) -> tuple[int, str]:
    """Move up to 10,000 pending entries into the tree, in one transaction.

    Returns how many, and the place in the pending table where the next batch begins. The locked head row lets one
    sequencer in at a time; entries of transactions that commit later are simply found by a later call, whatever
    their id. A row that cannot go into the tree stays in the pending table, and keeps no other waiting.
    """
    with suppress(UniqueViolation):
        return _take_batch(start, _TAKE)
    return _take_batch(start, _TAKE_ONCE)


def _take_batch(start: str, statement: str) -> tuple[int, str]:
    with sides.atomic(durable=True), sides.connection().cursor() as cursor:
        size = _lock_head(cursor)
        taken, place = _take(cursor, start, statement)
        if taken:
            edge, tiles = extend(_load_edge(size), [hash_ for _, hash_ in taken])
            _store_leaves(cursor, size, taken)
            _widen_tiles(cursor, size, tiles)
            _store_tiles(cursor, size, tiles)
            _move_head(cursor, edge.size)
    return len(taken), place


def _keep_checkpoint(cursor: Any, size: int, head: bytes, now: datetime) -> None:
    cursor.execute(
        "INSERT INTO audit_checkpoint (size, root, note, signed_at) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
        [size, head, checkpoints.signed(size, head).decode(), now],
    )
    if cursor.rowcount:
        queue_deliveries(size, now)


def _publish(now: datetime) -> None:
    deliver_checkpoints(now, local=True)


def sign_head(now: datetime) -> Checkpoint | None:
    """Sign the committed head where it is not signed yet, and publish it on this machine; None for an empty log.

    Signing what is committed, after the commit, can never make two heads of one size; Ed25519 gives the
    same signature again, so a crash in between is harmless.
    """
    with sides.atomic(), sides.connection().cursor() as cursor:
        cursor.execute("SELECT size FROM audit_head")
        size = cursor.fetchone()[0]
        if size == 0:
            return None
        _keep_checkpoint(cursor, size, root(_load_edge(size)), now)
    _publish(now)
    return Checkpoint.objects.get(size=size)


def sequence(now: datetime) -> tuple[int, Checkpoint | None]:
    """Take everything that is pending, then sign; return how many entries and the checkpoint.

    A batch that is not full is the last: under steady writers there would always be a few more, and no signature.
    """
    total, place, taken = 0, _START, BATCH
    while taken == BATCH:
        taken, place = take_batch(place)
        total += taken
    return total, sign_head(now)
