"""Pending rows that cannot go into the tree: they name no entry, another hash, or an entry for a second time.

Only the owner can write such a row: a trigger writes one for each entry, with the hash of its leaf.
"""

from core import db

OTHER_HASH = "its pending hash is not that of its leaf"
NO_ENTRY = "it is pending, and there is no such entry"
IN_TREE = "it is pending, and in the tree already"
TWICE = "it is pending twice"

#: the hash of the entry's own leaf; a subquery, so that each row is looked up by its key
ITS_HASH = "(SELECT sha256('\\x00'::bytea || e.leaf) FROM audit_entry e WHERE e.id = p.entry)"
#: the leaf index of the entry, null where it is not in the tree
ITS_INDEX = "(SELECT l.index FROM audit_leaf l WHERE l.entry = p.entry LIMIT 1)"

_FAULTS = f"""
SELECT entry, CASE WHEN its_hash IS NULL THEN %s WHEN in_tree THEN %s WHEN its_hash <> leaf_hash THEN %s ELSE %s END
FROM (
    SELECT p.entry, p.leaf_hash, {ITS_HASH} AS its_hash, {ITS_INDEX} IS NOT NULL AS in_tree,
           count(*) OVER (PARTITION BY p.entry) AS times
    FROM audit_pending p
) pending
WHERE its_hash IS DISTINCT FROM leaf_hash OR in_tree OR times > 1
ORDER BY entry LIMIT %s
"""


def faults(most: int) -> list[tuple[str, str]]:
    """Return at most `most` rows that cannot go into the tree: `entry <id>`, and what is wrong with it."""
    rows = db.select_rows(_FAULTS, [NO_ENTRY, IN_TREE, OTHER_HASH, TWICE, most])
    return [(f"entry {entry}", difference) for entry, difference in rows]


def list_faults() -> list[str]:
    """Return the first ten of `faults` as sentences; needs the database role of the sequencer or the auditor."""
    return [f"{entry}: {difference}" for entry, difference in faults(10)]
