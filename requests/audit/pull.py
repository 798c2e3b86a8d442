"""Reading the log in the order of the tree, for machines that keep a copy.

The cursor is the place in the tree and nothing else. A time or an id would lose entries: a transaction that commits
late has the earlier time and the lower id, and would lie behind a cursor that has passed. Places are given once, in
order, to what is committed; and only what a signed checkpoint covers is handed out, so that whatever a machine holds
can be proved to it.
"""

from dataclasses import dataclass
from uuid import UUID

from . import sides
from .errors import TamperedError
from .filters import Filter
from .models import Checkpoint

#: places that one page looks at, at most, however few of them fit a filter
WINDOW = 20_000

_ROWS = """
SELECT l.index, l.entry, e.leaf FROM audit_leaf l JOIN audit_entry e ON e.id = l.entry
WHERE l.index > %s AND l.index <= %s AND {where} ORDER BY l.index LIMIT %s
"""
START = -1


@dataclass(frozen=True)
class Place:
    """One entry at its place in the tree, with the bytes that were hashed."""

    index: int
    entry: UUID
    leaf: bytes


@dataclass(frozen=True)
class Page:
    """Entries after a place. `next` is the cursor of the page to come, `more` whether there is anything on it now."""

    places: list[Place]
    next: int
    more: bool
    checkpoint: Checkpoint | None


def read_page(*, after: int, limit: int, wanted: Filter) -> Page:
    """Return the first `limit` entries behind place `after` (-1: from the beginning) that fit `wanted`.

    A filter that fits little gets short or empty pages:
    the cursor moves on over what was looked at. Raises TamperedError where an entry of the tree is gone.
    """
    checkpoint = Checkpoint.objects.order_by("-size").first()
    last = min(after + WINDOW, checkpoint.size - 1) if checkpoint else after
    if checkpoint is None or last <= after:
        return Page([], after, more=False, checkpoint=checkpoint)
    conditions, parameters = wanted.where()
    with sides.connection().cursor() as cursor:
        cursor.execute(_ROWS.format(where=conditions), [after, last, *parameters, limit])
        places = [Place(index, entry, bytes(leaf)) for index, entry, leaf in cursor.fetchall()]
    if wanted == Filter():
        _check_gapless(places, after, min(limit, last - after))
    reached = places[-1].index if len(places) == limit else last
    return Page(places, reached, more=reached < checkpoint.size - 1, checkpoint=checkpoint)


def _check_gapless(places: list[Place], after: int, expected: int) -> None:
    """Raise TamperedError where a place of an unfiltered page has no entry: silence about it would be a loss."""
    held = {place.index for place in places}
    for index in range(after + 1, after + 1 + expected):
        if index not in held:
            raise TamperedError(f"place {index}", "it is in the tree and its entry is gone from the table")
