"""Stored tiles, read under the current database role."""

from collections.abc import Sequence

from audit.merkle.checkpoint import MAX_SIZE
from audit.merkle.hashing import HASH_BYTES
from audit.merkle.proofs import TileCoordinate
from audit.merkle.tree import TILE_HEIGHT, TILE_WIDTH
from core import db

_READ = """
SELECT level, number, hashes FROM audit_tile JOIN unnest(%s::int[], %s::bigint[]) AS at (l, n)
ON level = l AND number = n
"""
_READ_COVERED = """
SELECT substr(hashes, 1, %s) FROM audit_tile
WHERE level = %s AND number = %s AND width >= %s AND EXISTS (SELECT 1 FROM audit_checkpoint WHERE size >= %s)
"""


def read_tiles(tiles: Sequence[TileCoordinate]) -> dict[TileCoordinate, bytes]:
    """Return the hashes of each stored tile at its present width; one query.

    Tiles only grow: an older tree's tile is the first hashes of the wider one.
    """
    rows = db.select_rows(_READ, [[level for level, _ in tiles], [number for _, number in tiles]])
    return {(level, number): bytes(hashes) for level, number, hashes in rows}


def read_covered(level: int, number: int, width: int) -> bytes | None:
    """Return the first `width` hashes of a tile, None unless a signed checkpoint covers them all; one query."""
    needed = (number * TILE_WIDTH + width) << TILE_HEIGHT * level
    if needed > MAX_SIZE:
        return None
    rows = db.select_rows(_READ_COVERED, [width * HASH_BYTES, level, number, width, needed])
    return bytes(rows[0][0]) if rows else None
