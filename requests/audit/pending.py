"""What waits for the tree and cannot go there: a row that names no entry, another hash, or an entry for a second time.

Only the owner can make such a row: the log's own trigger writes one for each entry, with the hash of its leaf.
"""

from typing import Any

from . import sides

NOT_ITS_HASH = "what waits for the tree is not its hash"
NO_ENTRY = "it waits for the tree, and there is no such entry"
PLACED = "it waits for the tree, and is in it already"
TWICE = "it waits for the tree twice"

#: the hash of the entry's own leaf; a subquery, so that each row is looked up by its key
ITS_HASH = "(SELECT sha256('\\x00'::bytea || e.leaf) FROM audit_entry e WHERE e.id = p.entry)"
#: where the entry is in the tree, null where it is not
ITS_INDEX = "(SELECT l.index FROM audit_leaf l WHERE l.entry = p.entry LIMIT 1)"

_FAULTS = f"""
SELECT entry, CASE WHEN its_hash IS NULL THEN %s WHEN placed THEN %s WHEN its_hash <> leaf_hash THEN %s ELSE %s END
FROM (
    SELECT p.entry, p.leaf_hash, {ITS_HASH} AS its_hash, {ITS_INDEX} IS NOT NULL AS placed,
           count(*) OVER (PARTITION BY p.entry) AS times
    FROM audit_pending p
) waiting
WHERE its_hash IS DISTINCT FROM leaf_hash OR placed OR times > 1
ORDER BY entry LIMIT %s
"""


def faults(cursor: Any, most: int) -> list[tuple[str, str]]:
    """Return so many rows that cannot go into the tree: the entry as a place, and what is wrong with it."""
    cursor.execute(_FAULTS, [NO_ENTRY, PLACED, NOT_ITS_HASH, TWICE, most])
    return [(f"entry {entry}", difference) for entry, difference in cursor.fetchall()]


def list_faults(most: int = 10) -> list[str]:
    """Return the same as sentences, on the acting side, which must be the sequencer's or the auditor's."""
    with sides.connection().cursor() as cursor:
        return [f"{place}: {difference}" for place, difference in faults(cursor, most)]
