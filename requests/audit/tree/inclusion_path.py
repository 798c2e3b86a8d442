"""An entry in the tree: its leaf index, its inclusion path to a signed root, its neighbours."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from audit.errors import CannotCheckError
from audit.log.models import Entry
from audit.merkle.hashing import leaf_hash, node_hash
from audit.merkle.proofs import inclusion, inclusion_ranges
from audit.merkle.signed_notes import NoteError
from audit.merkle.tree import TILE_WIDTH, tile_path
from audit.search.entries import EntryView, views_of
from core import db

from . import checkpoints
from .models import StoredCheckpoint
from .tiles import read_tiles

_LEAF = """
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
class PathStep:
    """One step of the path: hashing with the root of the entries from `start` to `end`, on the left or the right.

    `result` is the node above both; hashes are 32 bytes in hex.
    """

    start: int
    end: int
    left: bool
    hash: str
    result: str


@dataclass(frozen=True, slots=True)
class InclusionPath:
    """The leaf of one entry. What concerns the proof is empty until a checkpoint covers it.

    `agrees` says whether the stored bytes, hashed again along the path, gave the root that the log's key signed.
    """

    index: int
    hash: str
    tile: str
    first: StoredCheckpoint | None
    latest: StoredCheckpoint | None
    steps: list[PathStep]
    root: str
    agrees: bool
    previous: EntryView | None
    next: EntryView | None


def inclusion_path_of(entry: UUID, leaf: bytes) -> InclusionPath | None:
    """Return an entry's path, None while it is pending; three queries, whatever the size of the log."""
    rows = db.select_rows(_LEAF, [entry])
    if not rows:
        return None
    index, hash_, first_size, first_at, size, signed_at, root, note = rows[0]
    number = index // TILE_WIDTH
    steps: list[PathStep] = []
    agrees = leaf_hash(leaf) == bytes(hash_)
    if size is not None:
        steps, result = _climb(index, size, leaf_hash(leaf))
        agrees = agrees and result == bytes(root) and _is_signed(note, size, bytes(root))
    around: list[Any] = list(Entry.objects.raw(_NEIGHBOURS, [index - 1, index + 1]))
    neighbours = {each.index: view for each, view in zip(around, views_of(around), strict=True)}
    return InclusionPath(
        index=index,
        hash=bytes(hash_).hex(),
        tile=tile_path(0, number, min(TILE_WIDTH, (size or index + 1) - number * TILE_WIDTH)),
        first=StoredCheckpoint(size=first_size, signed_at=first_at) if first_size is not None else None,
        latest=StoredCheckpoint(size=size, signed_at=signed_at) if size is not None else None,
        steps=steps,
        root=bytes(root).hex() if root is not None else "",
        agrees=agrees,
        previous=neighbours.get(index - 1),
        next=neighbours.get(index + 1),
    )


def _climb(index: int, size: int, hash_: bytes) -> tuple[list[PathStep], bytes]:
    steps = []
    for (start, end), sibling in zip(inclusion_ranges(index, size), inclusion(index, size, read_tiles), strict=True):
        left = end <= index
        hash_ = node_hash(sibling, hash_) if left else node_hash(hash_, sibling)
        steps.append(PathStep(start, end, left, sibling.hex(), hash_.hex()))
    return steps, hash_


def _is_signed(note: str, size: int, root: bytes) -> bool:
    try:
        opened = checkpoints.opened(note.encode())
    except (NoteError, CannotCheckError):
        return False
    return (opened.size, opened.root) == (size, root)
