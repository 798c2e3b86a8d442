"""Take what is pending into the tree, then sign the head: LOG.md, "Sequencer"."""

from datetime import datetime
from typing import Any

import structlog
from django.db import connections

from audit import checkpoints, sides
from audit.models import Checkpoint
from audit.tree import Edge, Tile, edge_of, extend, right_edge, root

BATCH = 10_000
_log = structlog.get_logger(__name__)

_TAKE = """
DELETE FROM audit_pending WHERE ctid = ANY (ARRAY(SELECT ctid FROM audit_pending LIMIT %s))
RETURNING entry, leaf_hash
"""
_STORE_TILE = """
INSERT INTO audit_tile (level, number, width, hashes) VALUES (%s, %s, %s, %s)
ON CONFLICT (level, number) DO UPDATE SET width = excluded.width, hashes = excluded.hashes
"""


def _load_edge(cursor: Any, size: int) -> Edge:
    places = right_edge(size)
    cursor.execute(
        "SELECT level, number, hashes FROM audit_tile JOIN unnest(%s::int[], %s::bigint[]) AS at (l, n) "
        "ON level = l AND number = n",
        [[level for level, _, _ in places], [number for _, number, _ in places]],
    )
    return edge_of(size, [Tile(level, number, bytes(hashes)) for level, number, hashes in cursor.fetchall()])


def take_batch() -> int:
    """Move up to 10,000 pending entries into the tree, in one transaction; return how many.

    The locked head row lets one sequencer in at a time; entries of transactions that commit later are
    simply found by a later call, whatever their id.
    """
    with sides.atomic(durable=True), sides.connection().cursor() as cursor:
        cursor.execute("SELECT size FROM audit_head FOR UPDATE")
        size = cursor.fetchone()[0]
        cursor.execute(_TAKE, [BATCH])
        taken = cursor.fetchall()
        if not taken:
            return 0
        edge, tiles = extend(_load_edge(cursor, size), [bytes(hash_) for _, hash_ in taken])
        with cursor.copy("COPY audit_leaf (index, entry, hash) FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(["int8", "uuid", "bytea"])
            for index, (entry, hash_) in enumerate(taken, start=size):
                copy.write_row((index, entry, hash_))
        cursor.executemany(_STORE_TILE, [(t.level, t.number, t.width, t.hashes) for t in tiles])
        cursor.execute("UPDATE audit_head SET size = %s", [edge.size])
    return len(taken)


def sign_head(now: datetime) -> Checkpoint | None:
    """Sign the committed head where it is not signed yet, and publish it; None for an empty log.

    Signing what is committed, after the commit, can never make two heads of one size; Ed25519 gives the
    same signature again, so a crash in between is harmless.
    """
    with sides.atomic(), sides.connection().cursor() as cursor:
        cursor.execute("SELECT size FROM audit_head")
        size = cursor.fetchone()[0]
        if size == 0:
            return None
        head = root(_load_edge(cursor, size))
        note = checkpoints.signed(size, head)
        cursor.execute(
            "INSERT INTO audit_checkpoint (size, root, note, signed_at) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [size, head, note.decode(), now],
        )
    checkpoints.publish(size, note)
    return Checkpoint.objects.get(size=size)


def sequence(now: datetime) -> tuple[int, Checkpoint | None]:
    """Take everything that is pending, then sign; return how many entries and the checkpoint."""
    total = 0
    while taken := take_batch():
        total += taken
    return total, sign_head(now)


def oldest_pending_seconds(now: datetime) -> float:
    """Return the age in seconds of the oldest entry outside the tree, 0.0 when there is none."""
    with connections[sides.current()].cursor() as cursor:
        cursor.execute("SELECT min(e.time) FROM audit_pending p JOIN audit_entry e ON e.id = p.entry")
        oldest = cursor.fetchone()[0]
    return max(0.0, (now - oldest).total_seconds()) if oldest else 0.0
