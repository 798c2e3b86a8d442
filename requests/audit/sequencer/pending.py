"""Pending rows that cannot go into the tree: they name no entry, another hash, or an entry for a second time.

Only the owner can write such a row: a trigger writes one for each entry, with the hash of its leaf.
"""

from core import db

NOT_ITS_HASH = "what waits for the tree is not its hash"
NO_ENTRY = "it waits for the tree, and there is no such entry"
PLACED = "it waits for the tree, and is in it already"
TWICE = "it waits for the tree twice"

#: the hash of the entry's own leaf; a subquery, so that each row is looked up by its key
ITS_HASH = "(SELECT sha256('\\x00'::bytea || e.leaf) FROM audit_entry e WHERE e.id = p.entry)"
#: the leaf index of the entry, null where it is not in the tree
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


def faults(most: int) -> list[tuple[str, str]]:
    """Return at most `most` rows that cannot go into the tree: `entry <id>`, and what is wrong with it."""
    rows = db.select_rows(_FAULTS, [NO_ENTRY, PLACED, NOT_ITS_HASH, TWICE, most])
    return [(f"entry {entry}", difference) for entry, difference in rows]


def list_faults(most: int = 10) -> list[str]:
    """Return the same as sentences; needs the database role of the sequencer or the auditor."""
    return [f"{entry}: {difference}" for entry, difference in faults(most)]
