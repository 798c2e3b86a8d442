"""Inclusion and consistency proofs (RFC 9162): made from tiles, checked without them.

A proof is a list of hashes, each the root of a range of entries. A range is a few complete subtrees, whose roots are
in the tiles; so a proof for a tree of any age is one read of a few tiles.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from .checkpoint import MAX_SIZE
from .hashing import HASH_BYTES, node_hash, root_of
from .tree import TILE_HEIGHT, TILE_WIDTH, tile_path

#: (level, number) of a tile
TileCoordinate = tuple[int, int]
#: returns the hashes of each tile, which may be wider than a proof needs
Read = Callable[[Sequence[TileCoordinate]], Mapping[TileCoordinate, bytes]]


class ProofError(ValueError):
    """A proof that cannot be made, is malformed, or does not prove what it should."""


class LeafRange(NamedTuple):
    """The entries from `start` up to `end` (not included), whose root is in a proof."""

    start: int
    end: int


class Subtree(NamedTuple):
    """The complete subtree of 2**height leaves whose first leaf is at `number * 2**height`."""

    height: int
    number: int

    @property
    def tile(self) -> TileCoordinate:
        """The tile that holds its root, or the hashes from which the root is computed."""
        return self.height // TILE_HEIGHT, self._first // TILE_WIDTH

    @property
    def slots(self) -> tuple[int, int]:
        """First and last (exclusive) hash in that tile, 0 to 256."""
        first = self._first % TILE_WIDTH
        return first, first + (1 << self.height % TILE_HEIGHT)

    @property
    def _first(self) -> int:
        return self.number << self.height % TILE_HEIGHT


def inclusion_ranges(index: int, size: int) -> list[LeafRange]:
    """Return the ranges whose roots prove entry `index` in the tree of `size`, from the leaf up."""
    if not 0 <= index < size <= MAX_SIZE:
        raise ProofError("an entry is proved in a tree that is larger than its index")
    _, siblings = _descend(index + 1, size, to_leaf=True)
    return siblings


def consistency_ranges(old: int, new: int) -> list[LeafRange]:
    """Return the ranges whose roots prove that the tree of `old` entries is a prefix of the tree of `new`."""
    if not 0 < old <= new <= MAX_SIZE:
        raise ProofError("consistency is between a tree of at least one entry and one that is no smaller")
    start, siblings = _descend(old, new, to_leaf=False)
    # Where the old tree is a complete subtree itself, the verifier has its root already.
    return ([LeafRange(start, old)] if start else []) + siblings


def _descend(end: int, size: int, *, to_leaf: bool) -> tuple[int, list[LeafRange]]:
    """Go down to the largest subtree that ends at `end`, or to its last leaf: return its start, and the siblings."""
    start, stop = 0, size
    siblings = []
    while stop != end or (to_leaf and stop - start > 1):
        middle = _middle(start, stop)
        if end <= middle:
            siblings.append(LeafRange(middle, stop))
            stop = middle
        else:
            siblings.append(LeafRange(start, middle))
            start = middle
    return start, siblings[::-1]


def subtrees(start: int, end: int) -> list[Subtree]:
    """Return the largest complete subtrees that cover the entries from `start` up to `end`, left to right."""
    if not 0 <= start <= end <= MAX_SIZE:
        raise ProofError("a range begins at 0 or later and does not end before it begins")
    found = []
    while start < end:
        height = (end - start).bit_length() - 1
        if start:
            height = min(height, (start & -start).bit_length() - 1)
        found.append(Subtree(height, start >> height))
        start += 1 << height
    return found


def inclusion(index: int, size: int, read: Read) -> list[bytes]:
    """Make the proof that the entry at `index` (from 0) is in the tree of `size`; ProofError names a missing tile."""
    return _roots(inclusion_ranges(index, size), read)


def inclusions(indexes: Iterable[int], size: int, read: Read) -> list[list[bytes]]:
    """Make the proofs of many entries with one read of tiles; what their paths share is computed once."""
    paths = [inclusion_ranges(index, size) for index in indexes]
    wanted = list(dict.fromkeys(each for path in paths for each in path))
    roots = dict(zip(wanted, _roots(wanted, read), strict=True))
    return [[roots[each] for each in path] for path in paths]


def consistency(old: int, new: int, read: Read) -> list[bytes]:
    """Make the proof that the tree of `old` entries is a prefix of that of `new`; ProofError names a missing tile."""
    return _roots(consistency_ranges(old, new), read)


def subtree_roots(start: int, end: int, read: Read) -> list[bytes]:
    """Return the roots of `subtrees(start, end)`: none for an empty range; ProofError names a missing tile."""
    return _take(subtrees(start, end), read)


def tree_root(size: int, read: Read) -> bytes:
    """Compute the root of the tree of `size` entries, at least one; ProofError names a missing tile."""
    if size < 1:
        raise ProofError("a tree in tiles has at least one entry")
    return _roots([LeafRange(0, size)], read)[0]


def check_inclusion(index: int, size: int, leaf_hash: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Raise ProofError unless `proof` leads from the leaf hash at `index` to the root of the tree of `size`."""
    if not 0 <= index < size <= MAX_SIZE:
        raise ProofError("the index is not in the tree")
    _check_hashes(leaf_hash, root, *proof)
    hash_ = leaf_hash
    for other, on_the_left in _climb(index, size - 1, proof):
        hash_ = node_hash(other, hash_) if on_the_left else node_hash(hash_, other)
    if hash_ != root:
        raise ProofError("the proof does not lead to the root")


def _climb(number: int, last: int, proof: Sequence[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Yield each hash of a proof and whether it is on the left, from node `number` up; `last` is the last of its level.

    Raises ProofError for more or fewer hashes than the path to the root has.
    """
    for other in proof:
        if last == 0:
            raise ProofError("the proof is too long")
        on_the_left = bool(number & 1) or number == last
        yield other, on_the_left
        # On the right edge a node without a neighbour goes up as it is.
        while on_the_left and number and not number & 1:
            number, last = number >> 1, last >> 1
        number, last = number >> 1, last >> 1
    if last:
        raise ProofError("the proof is too short")


def _middle(start: int, end: int) -> int:
    """Return where RFC 6962 splits: at the largest power of two below the number of entries."""
    return start + (1 << (end - start - 1).bit_length() - 1)


def _check_hashes(*hashes: bytes) -> None:
    if any(len(hash_) != HASH_BYTES for hash_ in hashes):
        raise ProofError(f"a hash has {HASH_BYTES} bytes")


def _roots(ranges: Sequence[LeafRange], read: Read) -> list[bytes]:
    """Return the root of each range, with one read for all of them."""
    pieces = [subtrees(*each) for each in ranges]
    hashes = iter(_take([subtree for piece in pieces for subtree in piece], read))
    return [_join([next(hashes) for _ in piece]) for piece in pieces]


def _join(hashes: Sequence[bytes]) -> bytes:
    """Join subtrees, which get smaller from left to right, from the right."""
    *rest, joined = hashes
    for hash_ in reversed(rest):
        joined = node_hash(hash_, joined)
    return joined


def _take(wanted: Sequence[Subtree], read: Read) -> list[bytes]:
    coordinates = list(dict.fromkeys(subtree.tile for subtree in wanted))
    tiles = read(coordinates) if coordinates else {}
    return [root_of(list(_slots(subtree, tiles))) for subtree in wanted]


def _slots(subtree: Subtree, tiles: Mapping[TileCoordinate, bytes]) -> Iterator[bytes]:
    (level, number), (first, end) = subtree.tile, subtree.slots
    hashes = tiles.get((level, number), b"")
    if len(hashes) < end * HASH_BYTES:
        raise ProofError(f"tile missing or too narrow: {tile_path(level, number, end)}")
    for slot in range(first, end):
        yield hashes[slot * HASH_BYTES : (slot + 1) * HASH_BYTES]
