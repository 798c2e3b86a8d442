"""RFC 6962 hashes: SHA-256 with a prefix byte that separates leaves from nodes."""

from collections.abc import Sequence
from hashlib import sha256

HASH_BYTES = 32
EMPTY_ROOT = sha256().digest()


def leaf_hash(leaf: bytes) -> bytes:
    """SHA-256(0x00 + leaf): 32 bytes."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 + left + right): 32 bytes."""
    return sha256(b"\x01" + left + right).digest()


def parents(hashes: Sequence[bytes]) -> list[bytes]:
    """Return the level above: one hash a pair; a last one without a partner is kept as it is."""
    pairs = iter(hashes)
    # node_hash inlined: the call would cost a tenth of the time budget of sequencing.
    level = [sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=False)]
    if len(hashes) % 2:
        level.append(hashes[-1])
    return level


def root_of(hashes: Sequence[bytes]) -> bytes:
    """Return the Merkle tree hash over hashes of 32 bytes; EMPTY_ROOT of none.

    Joining pairs from the left splits where RFC 6962 does, at the largest power of two; so the last hash may
    stand for a smaller subtree than the others.
    """
    if not hashes:
        return EMPTY_ROOT
    while len(hashes) > 1:
        hashes = parents(hashes)
    return hashes[0]
