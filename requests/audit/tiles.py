"""Stored tiles: many in one query, on whichever side is acting."""

from collections.abc import Sequence

from . import sides
from .hashing import HASH_BYTES
from .notes import MAX_SIZE
from .proofs import Place
from .tree import TILE_HEIGHT, TILE_WIDTH

_READ = """
SELECT level, number, hashes FROM audit_tile JOIN unnest(%s::int[], %s::bigint[]) AS at (l, n)
ON level = l AND number = n
"""
_READ_COVERED = """
SELECT substr(hashes, 1, %s) FROM audit_tile
WHERE level = %s AND number = %s AND width >= %s AND EXISTS (SELECT 1 FROM audit_checkpoint WHERE size >= %s)
"""


def read_tiles(places: Sequence[Place]) -> dict[Place, bytes]:
    """Return the hashes of each tile that is stored, at its present width, with one query.

    A tile only grows: for an older tree the first hashes of a wider tile are the ones it had then.
    """
    with sides.connection().cursor() as cursor:
        cursor.execute(_READ, [[level for level, _ in places], [number for _, number in places]])
        return {(level, number): bytes(hashes) for level, number, hashes in cursor.fetchall()}


def read_covered(level: int, number: int, width: int) -> bytes | None:
    """Return the first `width` hashes of a tile, None unless a signed checkpoint covers them all; one query."""
    needed = (number * TILE_WIDTH + width) << TILE_HEIGHT * level
    if needed > MAX_SIZE:
        return None
    with sides.connection().cursor() as cursor:
        cursor.execute(_READ_COVERED, [width * HASH_BYTES, level, number, width, needed])
        row = cursor.fetchone()
    return bytes(row[0]) if row else None
