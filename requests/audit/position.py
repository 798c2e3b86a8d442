"""Where an entry stands: its place in the tree, the hashes that lead from it to a signed root, its neighbours."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from . import checkpoints, sides
from .errors import CannotCheckError
from .hashing import leaf_hash, node_hash
from .lines import Line, lines_of
from .models import Entry
from .notes import NoteError
from .proofs import inclusion, inclusion_stretches
from .tiles import read_tiles
from .tree import TILE_WIDTH, tile_path

_PLACE = """
SELECT l.index, l.hash, first.size, first.signed_at, last.size, last.signed_at, last.root, last.note
FROM audit_leaf l
LEFT JOIN LATERAL (SELECT * FROM audit_checkpoint WHERE size > l.index ORDER BY size LIMIT 1) first ON true
LEFT JOIN LATERAL (SELECT * FROM audit_checkpoint WHERE size > l.index ORDER BY size DESC LIMIT 1) last ON true
WHERE l.entry = %s
"""
_NEIGHBOURS = """
SELECT e.id, e.leaf, e.time, e.actor, e.event, e.outcome, e.subject, e.case_ref, l.index
FROM audit_leaf l JOIN audit_entry e ON e.id = l.entry WHERE l.index IN (%s, %s)
"""


@dataclass(frozen=True, slots=True)
class Step:
    """One hashing on the way up: with the hash of the entries from `start` to `end`, on the left or on the right.

    `result` is what both give together; hashes are 32 bytes in hex.
    """

    start: int
    end: int
    left: bool
    hash: str
    result: str


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed size of the tree."""

    size: int
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class Position:
    """The place of one entry. What concerns the proof is empty until a checkpoint covers the place.

    `agrees` says whether the stored bytes, hashed anew and led up, gave the root that the log's key signed.
    """

    index: int
    hash: str
    tile: str
    first: Signed | None
    latest: Signed | None
    steps: list[Step]
    root: str
    agrees: bool
    previous: Line | None
    next: Line | None


def position_of(entry: UUID, leaf: bytes) -> Position | None:
    """Return where an entry stands, None while it waits for the tree; three queries, whatever the size of the log."""
    with sides.connection().cursor() as cursor:
        cursor.execute(_PLACE, [entry])
        row = cursor.fetchone()
    if row is None:
        return None
    index, hash_, first_size, first_at, size, signed_at, root, note = row
    number = index // TILE_WIDTH
    steps: list[Step] = []
    agrees = leaf_hash(leaf) == bytes(hash_)
    if size is not None:
        steps, result = _climb(index, size, leaf_hash(leaf))
        agrees = agrees and result == bytes(root) and _is_signed(note, size, bytes(root))
    around: list[Any] = list(Entry.objects.raw(_NEIGHBOURS, [index - 1, index + 1]))
    neighbours = {each.index: line for each, line in zip(around, lines_of(around), strict=True)}
    return Position(
        index=index,
        hash=bytes(hash_).hex(),
        tile=tile_path(0, number, min(TILE_WIDTH, (size or index + 1) - number * TILE_WIDTH)),
        first=Signed(first_size, first_at) if first_size is not None else None,
        latest=Signed(size, signed_at) if size is not None else None,
        steps=steps,
        root=bytes(root).hex() if root is not None else "",
        agrees=agrees,
        previous=neighbours.get(index - 1),
        next=neighbours.get(index + 1),
    )


def _climb(index: int, size: int, hash_: bytes) -> tuple[list[Step], bytes]:
    stretches: Sequence[tuple[int, int]] = inclusion_stretches(index, size)
    steps = []
    for (start, end), sibling in zip(stretches, inclusion(index, size, read_tiles), strict=True):
        left = end <= index
        hash_ = node_hash(sibling, hash_) if left else node_hash(hash_, sibling)
        steps.append(Step(start, end, left, sibling.hex(), hash_.hex()))
    return steps, hash_


def _is_signed(note: str, size: int, root: bytes) -> bool:
    try:
        opened = checkpoints.opened(note.encode())
    except (NoteError, CannotCheckError):
        return False
    return (opened.size, opened.root) == (size, root)
