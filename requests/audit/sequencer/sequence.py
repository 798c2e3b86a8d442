"""Take pending entries into the tree, then sign a checkpoint: LOG.md, "Sequencer".

Each statement is a function of its own, so that tests can kill the process between any two of them.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.errors import UniqueViolation

from audit.merkle.tree import Edge, Tile, edge_of, extend, right_edge, root
from audit.publishing.deliveries import deliver_checkpoints, queue_deliveries
from audit.tree import checkpoints
from audit.tree.models import StoredCheckpoint
from audit.tree.tiles import read_tiles
from core import db

from .pending import ITS_HASH, ITS_INDEX

BATCH = 10_000
#: before the first row of any table
_START = "(0,0)"

# Rows that name no entry or another hash stay pending: see `pending.py`.
_FIT = f"SELECT p.ctid, p.entry FROM audit_pending p WHERE p.ctid >= %s::tid AND p.leaf_hash = {ITS_HASH}"
_TAKE = f"""
DELETE FROM audit_pending WHERE ctid = ANY (ARRAY(SELECT ctid FROM ({_FIT} LIMIT %s) fit))
RETURNING entry, leaf_hash, ctid::text
"""
#: the same without rows that are pending twice or in the tree already; a third slower, needed only for such rows
_TAKE_ONCE = f"""
DELETE FROM audit_pending WHERE ctid = ANY (ARRAY(
    SELECT DISTINCT ON (entry) ctid FROM ({_FIT} AND {ITS_INDEX} IS NULL LIMIT %s) fit ORDER BY entry, ctid))
RETURNING entry, leaf_hash, ctid::text
"""
_Taken = Sequence[tuple[UUID, bytes]]


def _lock_size(cursor: Any) -> int:
    """Lock out other sequencers, and return the size of the tree."""
    cursor.execute("SELECT size FROM audit_head FOR UPDATE")
    return int(cursor.fetchone()[0])


def _take(cursor: Any, start: str, statement: str) -> tuple[_Taken, str]:
    """Take pending rows from tuple id `start` on; return them and the tuple id from which to go on.

    Dead rows of earlier batches stay in the table until it is vacuumed: without a start, each batch would read past
    all of them. New rows that are stored before it are found by the next call.
    """
    cursor.execute(statement, [start, BATCH])
    rows = cursor.fetchall()
    following = f"{rows[-1][2].partition(',')[0]},0)" if rows else start
    return [(entry, bytes(hash_)) for entry, hash_, _ in rows], following


def _load_edge(size: int) -> Edge:
    stored = read_tiles([(level, number) for level, number, _ in right_edge(size)])
    return edge_of(size, [Tile(level, number, hashes) for (level, number), hashes in stored.items()])


def _store_leaves(cursor: Any, size: int, taken: _Taken) -> None:
    with cursor.copy("COPY audit_leaf (index, entry, hash) FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(["int8", "uuid", "bytea"])
        for index, (entry, hash_) in enumerate(taken, start=size):
            copy.write_row((index, entry, hash_))


def _widen_tiles(cursor: Any, size: int, tiles: Sequence[Tile]) -> None:
    """Update the tiles that exist: of each level the one in which a tree of `size` entries ended."""
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


def _store_size(cursor: Any, size: int) -> None:
    cursor.execute("UPDATE audit_head SET size = %s", [size])


def take_batch(start: str = _START) -> tuple[int, str]:
    """Move up to BATCH pending entries into the tree, in one transaction.

    Returns how many, and the tuple id in the pending table from which the next batch starts. Entries of transactions
    that commit later are found by a later call, whatever their id. A row that cannot go into the tree stays pending
    and does not delay others.
    """
    with suppress(UniqueViolation):
        return _take_batch(start, _TAKE)
    return _take_batch(start, _TAKE_ONCE)


def _take_batch(start: str, statement: str) -> tuple[int, str]:
    with db.atomic(durable=True), db.connection().cursor() as cursor:
        size = _lock_size(cursor)
        taken, following = _take(cursor, start, statement)
        if taken:
            edge, tiles = extend(_load_edge(size), [hash_ for _, hash_ in taken])
            _store_leaves(cursor, size, taken)
            _widen_tiles(cursor, size, tiles)
            _store_tiles(cursor, size, tiles)
            _store_size(cursor, edge.size)
    return len(taken), following


def _keep_checkpoint(cursor: Any, size: int, root_hash: bytes, now: datetime) -> None:
    cursor.execute(
        "INSERT INTO audit_checkpoint (size, root, note, signed_at) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
        [size, root_hash, checkpoints.signed(size, root_hash).decode(), now],
    )
    if cursor.rowcount:
        queue_deliveries(size, now)


def _publish(now: datetime) -> None:
    deliver_checkpoints(now, local=True)


def sign_checkpoint(now: datetime) -> StoredCheckpoint | None:
    """Sign the committed tree where it is not signed yet, and publish it on this machine; None for an empty log.

    Only committed trees are signed, so no size ever has two roots; Ed25519 is deterministic, so a crash in between
    is harmless.
    """
    with db.atomic(), db.connection().cursor() as cursor:
        cursor.execute("SELECT size FROM audit_head")
        size = cursor.fetchone()[0]
        if size == 0:
            return None
        _keep_checkpoint(cursor, size, root(_load_edge(size)), now)
    _publish(now)
    return StoredCheckpoint.objects.get(size=size)


def sequence(now: datetime) -> tuple[int, StoredCheckpoint | None]:
    """Take everything that is pending, then sign; return how many entries and the checkpoint.

    Stops at the first batch that is not full: steady writers would otherwise delay the signature for ever.
    """
    total, start, taken = 0, _START, BATCH
    while taken == BATCH:
        taken, start = take_batch(start)
        total += taken
    return total, sign_checkpoint(now)
