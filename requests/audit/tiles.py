"""Stored tiles: many in one query, on whichever side is acting."""

from collections.abc import Sequence

from . import sides
from .proofs import Place

_READ = """
SELECT level, number, hashes FROM audit_tile JOIN unnest(%s::int[], %s::bigint[]) AS at (l, n)
ON level = l AND number = n
"""


def read_tiles(places: Sequence[Place]) -> dict[Place, bytes]:
    """Return the hashes of each tile that is stored, at its present width, with one query.

    A tile only grows: for an older tree the first hashes of a wider tile are the ones it had then.
    """
    with sides.connection().cursor() as cursor:
        cursor.execute(_READ, [[level for level, _ in places], [number for _, number in places]])
        return {(level, number): bytes(hashes) for level, number, hashes in cursor.fetchall()}
