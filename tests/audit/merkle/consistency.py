"""Check that one tree is a prefix of another: what a verifier elsewhere does with the proofs that the office gives."""

from collections.abc import Sequence

from audit.merkle.checkpoint import MAX_SIZE
from audit.merkle.hashing import node_hash
from audit.merkle.proofs import ProofError, _check_hashes, _climb


def check_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Raise ProofError unless `proof` shows that the tree of `old` entries is a prefix of the tree of `new`.

    An empty old tree is refused: it is a prefix of every tree, so such a proof shows nothing.
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
    # A complete old tree is a node of the new one: the proof omits the root that the verifier has.
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
