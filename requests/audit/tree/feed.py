"""The log in the order of the tree, for machines that keep a copy.

The cursor is the leaf index. A time or an id would lose entries: a transaction that commits late has the earlier time
and the lower id, and would fall behind a cursor that has passed it. Leaf indexes are assigned in order to committed
entries. Only entries that a signed checkpoint covers are returned, so that each can be proved to its reader.
"""

from dataclasses import dataclass
from uuid import UUID

from audit.errors import TamperedError
from audit.search.filters import Filter
from core import db

from .models import StoredCheckpoint

#: leaves that one page inspects at most, however few of them fit the filter
SCAN_LIMIT = 20_000

_ROWS = """
SELECT l.index, l.entry, e.leaf FROM audit_leaf l JOIN audit_entry e ON e.id = l.entry
WHERE l.index > %s AND l.index <= %s AND {where} ORDER BY l.index LIMIT %s
"""
START = -1


@dataclass(frozen=True)
class TreeEntry:
    """One entry with its leaf index and the bytes that were hashed."""

    index: int
    id: UUID
    leaf: bytes


@dataclass(frozen=True)
class FeedPage:
    """Entries after a leaf index. `next` is the cursor of the next page, `more` whether it has entries now."""

    entries: list[TreeEntry]
    next: int
    more: bool
    checkpoint: StoredCheckpoint | None


def read_page(*, after: int, limit: int, wanted: Filter) -> FeedPage:
    """Return the first `limit` entries after leaf index `after` (-1: from the beginning) that fit `wanted`.

    A filter that fits few gets short or empty pages whose cursor moves past what was inspected. Raises TamperedError
    where an entry of the tree is gone.
    """
    checkpoint = StoredCheckpoint.objects.order_by("-size").first()
    last = min(after + SCAN_LIMIT, checkpoint.size - 1) if checkpoint else after
    if checkpoint is None or last <= after:
        return FeedPage([], after, more=False, checkpoint=checkpoint)
    conditions, parameters = wanted.where()
    rows = db.select_rows(_ROWS.format(where=conditions), [after, last, *parameters, limit])
    entries = [TreeEntry(index, entry, bytes(leaf)) for index, entry, leaf in rows]
    if wanted == Filter():
        _check_gapless(entries, after, min(limit, last - after))
    reached = entries[-1].index if len(entries) == limit else last
    return FeedPage(entries, reached, more=reached < checkpoint.size - 1, checkpoint=checkpoint)


def _check_gapless(entries: list[TreeEntry], after: int, expected: int) -> None:
    """Raise TamperedError where a leaf of an unfiltered page has no entry."""
    present = {entry.index for entry in entries}
    for index in range(after + 1, after + 1 + expected):
        if index not in present:
            raise TamperedError(f"leaf {index}", "it is in the tree and its entry is gone from the table")
