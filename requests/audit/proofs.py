"""Inclusion and consistency proofs (RFC 9162): which hashes they take, made from tiles, checked without any.

A proof is a list of hashes, each the root of some stretch of the log. A stretch is put together from complete
subtrees, and those stand in tiles; so a proof of any tree, however old, is one read of a few tiles.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from audit.hashing import HASH_BYTES, node_hash, root_of
from audit.notes import MAX_SIZE
from audit.tree import TILE_HEIGHT, TILE_WIDTH, tile_path

#: (level, number) of a tile
Place = tuple[int, int]
#: Takes places, gives the hashes of each, as many as it has: a tile stored wider than a proof needs serves too.
Read = Callable[[Sequence[Place]], Mapping[Place, bytes]]


class ProofError(ValueError):
    """A proof that cannot be made, is malformed, or does not prove what it should."""


class Stretch(NamedTuple):
    """The entries from `start` up to `end`, of which a proof holds the root."""

    start: int
    end: int


class Subtree(NamedTuple):
    """The complete subtree of 2**height leaves whose first leaf is at `number * 2**height`."""

    height: int
    number: int

    @property
    def tile(self) -> Place:
        """The tile in which its root is a hash, or is computed from neighbouring ones."""
        return self.height // TILE_HEIGHT, self._first // TILE_WIDTH

    @property
    def slots(self) -> tuple[int, int]:
        """First and last (exclusive) hash in that tile, 0 to 256."""
        first = self._first % TILE_WIDTH
        return first, first + (1 << self.height % TILE_HEIGHT)

    @property
    def _first(self) -> int:
        return self.number << self.height % TILE_HEIGHT


def inclusion_stretches(index: int, size: int) -> list[Stretch]:
    """Return the stretches whose roots prove entry `index` in the tree of `size`, the leaf's neighbour first."""
    if not 0 <= index < size <= MAX_SIZE:
        raise ProofError("an entry is proved in a tree that is larger than its index")
    start, end = 0, size
    found = []
    while end - start > 1:
        middle = _middle(start, end)
        if index < middle:
            found.append(Stretch(middle, end))
            end = middle
        else:
            found.append(Stretch(start, middle))
            start = middle
    return found[::-1]


def consistency_stretches(old: int, new: int) -> list[Stretch]:
    """Return the stretches whose roots prove that the tree of `old` entries begins the tree of `new` ones."""
    if not 0 < old <= new <= MAX_SIZE:
        raise ProofError("consistency is between a tree of at least one entry and one that is no smaller")
    start, end = 0, new
    found = []
    while end != old:
        middle = _middle(start, end)
        if old <= middle:
            found.append(Stretch(middle, end))
            end = middle
        else:
            found.append(Stretch(start, middle))
            start = middle
    # Where the old tree is itself a complete subtree on the left, the verifier has its root already.
    return ([Stretch(start, end)] if start else []) + found[::-1]


def subtrees(start: int, end: int) -> list[Subtree]:
    """Return the largest complete subtrees that cover the entries from `start` up to `end`, left to right."""
    if not 0 <= start <= end <= MAX_SIZE:
        raise ProofError("a stretch begins at 0 or later and does not end before it begins")
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
    return _roots(inclusion_stretches(index, size), read)


def consistency(old: int, new: int, read: Read) -> list[bytes]:
    """Make the proof that the tree of `old` entries begins the tree of `new`; ProofError names a missing tile."""
    return _roots(consistency_stretches(old, new), read)


def subtree_roots(start: int, end: int, read: Read) -> list[bytes]:
    """Return the roots of `subtrees(start, end)`: none for an empty stretch; ProofError names a missing tile."""
    return _take(subtrees(start, end), read)


def tree_root(size: int, read: Read) -> bytes:
    """Compute the root of the tree of `size` entries, at least one; ProofError names a missing tile."""
    if size < 1:
        raise ProofError("a tree in tiles has at least one entry")
    return _roots([Stretch(0, size)], read)[0]


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


def check_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Raise ProofError unless `proof` shows that the tree of `old` entries begins the tree of `new`.

    An old tree of no entries is refused: everything begins with nothing, so such a proof says nothing.
    """
    if not 0 < old <= new <= MAX_SIZE:
        raise ProofError("consistency is between a tree of at least one entry and one that is no smaller")
    if old == new:
        if old_root != new_root:
            raise ProofError("two trees of one size have different roots")
        if proof:
            raise ProofError("between two trees of one size there is nothing to prove")
        return
    _check_hashes(old_root, new_root, *proof)
    if not proof:
        raise ProofError("the proof is too short")
    # A complete old tree is a node of the new one: the proof leaves out what the verifier holds.
    first, *rest = [old_root, *proof] if old & (old - 1) == 0 else proof
    number, last = old - 1, new - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    before = after = first
    for other, on_the_left in _climb(number, last, rest):
        if on_the_left:
            before = node_hash(other, before)
        after = node_hash(other, after) if on_the_left else node_hash(after, other)
    if (before, after) != (old_root, new_root):
        raise ProofError("the proof does not lead to both roots")


def _climb(number: int, last: int, proof: Sequence[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Yield each hash of a proof, and whether it stands on the left, from node `number` up; `last` is its row's end.

    Raises ProofError where the hashes are more or fewer than the way to the root has.
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


def _roots(stretches: Sequence[Stretch], read: Read) -> list[bytes]:
    """Return the root of each stretch, with one read for all of them."""
    pieces = [subtrees(*stretch) for stretch in stretches]
    hashes = iter(_take([subtree for piece in pieces for subtree in piece], read))
    return [_join([next(hashes) for _ in piece]) for piece in pieces]


def _join(hashes: Sequence[bytes]) -> bytes:
    """Join subtrees that shrink from left to right, from the right: the smaller is always the right-hand one."""
    *rest, joined = hashes
    for hash_ in reversed(rest):
        joined = node_hash(hash_, joined)
    return joined


def _take(wanted: Sequence[Subtree], read: Read) -> list[bytes]:
    places = list(dict.fromkeys(subtree.tile for subtree in wanted))
    tiles = read(places) if places else {}
    return [root_of(list(_slots(subtree, tiles))) for subtree in wanted]


def _slots(subtree: Subtree, tiles: Mapping[Place, bytes]) -> Iterator[bytes]:
    (level, number), (first, end) = subtree.tile, subtree.slots
    hashes = tiles.get((level, number), b"")
    if len(hashes) < end * HASH_BYTES:
        raise ProofError(f"tile missing or too narrow: {tile_path(level, number, end)}")
    for slot in range(first, end):
        yield hashes[slot * HASH_BYTES : (slot + 1) * HASH_BYTES]
