"""Inclusion and consistency: the tiles give what RFC 6962 defines by recursion, and nothing else is accepted."""

import json
from base64 import b64decode
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from audit.merkle.hashing import leaf_hash, node_hash, root_of
from audit.merkle.proofs import (
    ProofError,
    check_inclusion,
    consistency,
    consistency_ranges,
    inclusion,
    inclusion_ranges,
    subtree_roots,
    subtrees,
    tree_root,
)
from audit.merkle.tree import EMPTY, extend
from tests.audit.merkle.consistency import check_consistency

VECTORS = Path(__file__).parent.parent / "vectors"
LEAVES = [leaf_hash(str(number).encode()) for number in range(70_000)]
_, TILES = extend(EMPTY, LEAVES)
STORED = {(tile.level, tile.number): tile.hashes for tile in TILES}


def read(coordinates):
    """Tiles of the largest tree: for a smaller one they are wider than it needs."""
    return {tile: STORED[tile] for tile in coordinates if tile in STORED}


def split(hashes):
    return 1 << (len(hashes) - 1).bit_length() - 1


def defined_root(hashes):
    if len(hashes) == 1:
        return hashes[0]
    k = split(hashes)
    return node_hash(defined_root(hashes[:k]), defined_root(hashes[k:]))


def defined_path(m, hashes):
    """RFC 6962, 2.1.1, PATH."""
    if len(hashes) == 1:
        return []
    k = split(hashes)
    if m < k:
        return [*defined_path(m, hashes[:k]), defined_root(hashes[k:])]
    return [*defined_path(m - k, hashes[k:]), defined_root(hashes[:k])]


def defined_proof(m, hashes, *, whole=True):
    """RFC 6962, 2.1.2, SUBPROOF."""
    if m == len(hashes):
        return [] if whole else [defined_root(hashes)]
    k = split(hashes)
    if m <= k:
        return [*defined_proof(m, hashes[:k], whole=whole), defined_root(hashes[k:])]
    return [*defined_proof(m - k, hashes[k:], whole=False), defined_root(hashes[:k])]


def small_tree():
    return st.integers(1, 700).flatmap(lambda size: st.tuples(st.integers(0, size - 1), st.just(size)))


@given(small_tree())
def test_an_inclusion_proof_is_the_defined_one(index_and_size):
    index, size = index_and_size
    proof = inclusion(index, size, read)
    assert proof == defined_path(index, LEAVES[:size])
    check_inclusion(index, size, LEAVES[index], proof, defined_root(LEAVES[:size]))


@given(small_tree())
def test_a_consistency_proof_is_the_defined_one(sizes):
    old, new = sizes[0] + 1, sizes[1]
    proof = consistency(old, new, read)
    assert proof == defined_proof(old, LEAVES[:new])
    check_consistency(old, new, defined_root(LEAVES[:old]), defined_root(LEAVES[:new]), proof)


@given(st.integers(1, 70_000).flatmap(lambda size: st.tuples(st.integers(0, size - 1), st.just(size))))
def test_proofs_of_three_levels_of_tiles_lead_to_their_roots(index_and_size):
    index, size = index_and_size
    root = tree_root(size, read)
    check_inclusion(index, size, LEAVES[index], inclusion(index, size, read), root)
    check_consistency(index + 1, size, tree_root(index + 1, read), root, consistency(index + 1, size, read))


@pytest.mark.parametrize("size", [1, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 69_999])
def test_any_older_root_comes_from_the_tiles_of_today(size):
    assert tree_root(size, read) == root_of(LEAVES[:size])


@given(st.integers(0, 2000), st.integers(0, 2000))
def test_a_range_is_covered_by_complete_subtrees(start, length):
    end = start + length
    pieces = subtrees(start, end)
    covered = [leaf for height, number in pieces for leaf in range(number << height, (number + 1) << height)]
    assert covered == list(range(start, end))
    # Maximal: no two neighbours are the halves of a larger one.
    assert not any(a[0] == b[0] and a[1] % 2 == 0 for a, b in pairwise(pieces))
    assert subtree_roots(start, end, read) == [root_of(LEAVES[n << h : (n + 1) << h]) for h, n in pieces]


@given(st.data())
def test_the_roots_beside_a_range_and_its_leaves_give_the_tree(data):
    size = data.draw(st.integers(1, 1500))
    first = data.draw(st.integers(0, size - 1))
    end = data.draw(st.integers(first + 1, size))
    stack = []
    for (height, number), hash_ in [
        *zip(subtrees(0, first), subtree_roots(0, first, read), strict=True),
        *(((0, index), LEAVES[index]) for index in range(first, end)),
        *zip(subtrees(end, size), subtree_roots(end, size, read), strict=True),
    ]:
        node = (height, number, hash_)
        while stack and stack[-1][0] == node[0] and stack[-1][1] ^ 1 == node[1] and node[1] % 2:
            left = stack.pop()
            node = (left[0] + 1, left[1] >> 1, node_hash(left[2], node[2]))
        stack.append(node)
    root = stack.pop()[2]
    while stack:
        root = node_hash(stack.pop()[2], root)
    assert root == tree_root(size, read)


def test_a_proof_reads_each_tile_once_and_in_one_go():
    asked = []

    def counting(coordinates):
        asked.append(list(coordinates))
        return read(coordinates)

    inclusion(12_345, 69_999, counting)
    consistency(12_345, 69_999, counting)
    assert len(asked) == 2
    assert all(len(coordinates) == len(set(coordinates)) <= 8 for coordinates in asked)


def test_a_missing_tile_and_one_too_narrow_are_named():
    with pytest.raises(ProofError, match=r"tile missing or too narrow: tile/0/000"):
        inclusion(3, 70_000, lambda _coordinates: {})
    with pytest.raises(ProofError, match="too narrow"):
        inclusion(3, 70_000, lambda tiles: {tile: hashes[:-32] for tile, hashes in read(tiles).items()})


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (-1, 5), (5, 5), (0, 2**63)])
def test_an_entry_outside_the_tree_has_no_proof(index, size):
    with pytest.raises(ProofError, match="larger than its index"):
        inclusion_ranges(index, size)


@pytest.mark.parametrize(("old", "new"), [(0, 0), (0, 5), (6, 5), (-1, 5), (1, 2**63)])
def test_sizes_between_which_nothing_can_be_proved(old, new):
    with pytest.raises(ProofError, match="at least one entry"):
        consistency_ranges(old, new)
    with pytest.raises(ProofError, match="at least one entry"):
        check_consistency(old, new, LEAVES[0], LEAVES[1], [LEAVES[2]])


def test_a_range_does_not_end_before_it_begins():
    with pytest.raises(ProofError):
        subtrees(5, 4)
    with pytest.raises(ProofError):
        subtrees(-1, 4)
    with pytest.raises(ProofError):
        tree_root(0, read)


@given(small_tree(), st.data())
def test_any_change_of_an_inclusion_proof_is_refused(index_and_size, data):
    index, size = index_and_size
    proof, root = inclusion(index, size, read), tree_root(size, read)
    flipped = data.draw(st.integers(0, (len(proof) + 2) * 256 - 1))
    parts = [LEAVES[index], root, *proof]
    part = bytearray(parts[flipped // 256])
    part[flipped % 256 // 8] ^= 1 << flipped % 8
    parts[flipped // 256] = bytes(part)
    refused = [
        (index, size, parts[0], parts[2:], parts[1]),
        (index, size, LEAVES[index], [*proof, root], root),
        (index, size, LEAVES[index], [*proof, b"short"], root),
        (index, size, LEAVES[index][:31], proof, root),
        (size, size, LEAVES[index], proof, root),
        (index - size, size, LEAVES[index], proof, root),
    ]
    refused += [(index, size, LEAVES[index], proof[:-1], root)] if proof else []
    refused += [(index ^ 1, size, LEAVES[index], proof, root)] if index ^ 1 < size else []
    for case in refused:
        with pytest.raises(ProofError):
            check_inclusion(*case)


@given(small_tree(), st.data())
def test_any_change_of_a_consistency_proof_is_refused(sizes, data):
    old, new = sizes[0] + 1, sizes[1] + 1
    proof, roots = consistency(old, new, read), (tree_root(old, read), tree_root(new, read))
    parts = [*roots, *proof]
    flipped = data.draw(st.integers(0, len(parts) * 256 - 1))
    part = bytearray(parts[flipped // 256])
    part[flipped % 256 // 8] ^= 1 << flipped % 8
    parts[flipped // 256] = bytes(part)
    refused = [
        (old, new, parts[0], parts[1], parts[2:]),
        (old, new, roots[0], roots[1], [*proof, roots[1]]),
        (old, new, roots[0], roots[1], proof[:-1]),
        (new, old, roots[1], roots[0], proof),
        (0, new, roots[0], roots[1], proof),
    ]
    for case in refused:
        with pytest.raises(ProofError):
            check_consistency(*case)


def cases(kind):
    return json.loads((VECTORS / f"merkle-{kind}.json").read_text()).items()


def bytes_of(values):
    return [b64decode(value) for value in values or []]


@pytest.mark.parametrize(
    ("name", "case"), cases("inclusion"), ids=lambda value: value if isinstance(value, str) else ""
)
def test_the_published_inclusion_proofs(name, case):
    leaf, root, *proof = bytes_of([case["leafHash"], case["root"], *(case["proof"] or [])])
    if case["wantErr"]:
        with pytest.raises(ProofError):
            check_inclusion(case["leafIdx"], case["treeSize"], leaf, proof, root)
    else:
        check_inclusion(case["leafIdx"], case["treeSize"], leaf, proof, root)


@pytest.mark.parametrize(
    ("name", "case"), cases("consistency"), ids=lambda value: value if isinstance(value, str) else ""
)
def test_the_published_consistency_proofs(name, case):
    old_root, new_root, *proof = bytes_of([case["root1"], case["root2"], *(case["proof"] or [])])
    if case["wantErr"]:
        with pytest.raises(ProofError):
            check_consistency(case["size1"], case["size2"], old_root, new_root, proof)
    else:
        check_consistency(case["size1"], case["size2"], old_root, new_root, proof)


def test_the_published_proofs_are_all_there():
    all_ = [case["wantErr"] for kind in ("inclusion", "consistency") for _, case in cases(kind)]
    assert (all_.count(False), all_.count(True)) == (12, 184)
