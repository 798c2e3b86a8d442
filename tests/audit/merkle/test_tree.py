"""The tiled tree: the same root as the definition gives, however the entries came in."""

import hashlib
import json
from base64 import b64decode
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from audit.merkle.hashing import EMPTY_ROOT, leaf_hash, node_hash, root_of
from audit.merkle.tree import EMPTY, Edge, Tile, edge_of, extend, parse_tile_path, right_edge, root, tile_path

VECTORS = json.loads((Path(__file__).parent.parent / "vectors" / "tree.json").read_text())
LEAVES = [leaf_hash(str(number).encode()) for number in range(70_000)]


def defined_root(hashes: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, word for word: split at the largest power of two below the size."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return node_hash(defined_root(hashes[:split]), defined_root(hashes[split:]))


def stored(tiles: list[Tile]) -> dict[tuple[int, int], Tile]:
    """A table of tiles in which a wider one replaces a narrower one."""
    return {(tile.level, tile.number): tile for tile in tiles}


def test_the_published_leaf_hash() -> None:
    assert leaf_hash(VECTORS["leaf"]["text"].encode()) == b64decode(VECTORS["leaf"]["hash"])


def test_the_published_tile_counts() -> None:
    _, tiles = extend(EMPTY, LEAVES[: VECTORS["tiles"]["size"]])
    for level, expected in enumerate(VECTORS["tiles"]["levels"]):
        widths = [tile.width for tile in tiles if tile.level == level]
        assert widths == [256] * expected["full"] + [expected["partial"]]
    assert {tile.level for tile in tiles} == {0, 1, 2}


@pytest.mark.parametrize("vector", VECTORS["paths"], ids=lambda vector: vector["path"])
def test_the_published_tile_paths(vector: dict[str, int | str]) -> None:
    assert tile_path(vector["level"], vector["number"], vector["width"]) == vector["path"]  # type: ignore[arg-type]


@pytest.mark.parametrize(("level", "number", "width"), [(64, 0, 1), (-1, 0, 1), (0, -1, 1), (0, 0, 0), (0, 0, 257)])
def test_a_tile_that_cannot_be_has_no_path(level: int, number: int, width: int) -> None:
    with pytest.raises(ValueError, match="a tile has"):
        tile_path(level, number, width)


def test_the_empty_tree() -> None:
    assert root(EMPTY) == EMPTY_ROOT == defined_root([])
    assert extend(EMPTY, []) == (EMPTY, [])
    assert right_edge(0) == []


@pytest.mark.parametrize("size", [*range(1, 20), 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537, 69_999])
def test_the_root_is_the_defined_one(size: int) -> None:
    edge, _ = extend(EMPTY, LEAVES[:size])
    assert edge.size == size
    assert root(edge) == root_of(LEAVES[:size]) == defined_root(LEAVES[:size])


@given(st.lists(st.integers(0, 700), max_size=12))
def test_batches_of_any_sizes_give_the_tree_that_one_batch_gives(batches: list[int]) -> None:
    edge, tiles = EMPTY, dict[tuple[int, int], Tile]()
    for batch in batches:
        start = edge.size
        edge, changed = extend(edge, LEAVES[start : start + batch])
        tiles |= stored(changed)
        assert root(edge) == root_of(LEAVES[: edge.size])
        # A restart reads back what was in memory.
        assert edge_of(edge.size, tiles.values()) == edge
    whole, at_once = extend(EMPTY, LEAVES[: edge.size])
    assert edge == whole
    assert tiles == stored(at_once)
    assert root(edge) == defined_root(LEAVES[: edge.size])


@pytest.mark.parametrize("size", [65_300, 65_535, 65_536])
def test_growing_across_the_end_of_a_level_changes_that_level_alone(size: int) -> None:
    before, _ = extend(EMPTY, LEAVES[:size])
    after, changed = extend(before, LEAVES[size : size + 300])
    assert root(after) == root_of(LEAVES[: size + 300])
    assert all(tile.number >= size >> 8 * (tile.level + 1) for tile in changed)
    assert len(changed) <= 6


@given(st.integers(0, 3000), st.integers(0, 3000))
def test_an_older_edge_can_be_cut_from_tiles_that_grew_since(size: int, more: int) -> None:
    older, first = extend(EMPTY, LEAVES[:size])
    _, second = extend(older, LEAVES[size : size + more])
    assert edge_of(size, [*first, *second]) == edge_of(size, (stored(first) | stored(second)).values()) == older


def test_every_tile_spans_the_subtree_that_the_standard_says() -> None:
    _, tiles = extend(EMPTY, LEAVES)
    for tile in tiles:
        if tile.level:
            span = 256**tile.level
            start = tile.number * 256 * span
            last = start + (tile.width - 1) * span
            assert tile.hashes[-32:] == root_of(LEAVES[last : last + span])
    assert b"".join(tile.hashes for tile in tiles if tile.level == 0) == b"".join(LEAVES)
    assert [tile.path for tile in tiles][-1] == "tile/2/000.p/1"


def test_what_the_right_edge_needs_is_named() -> None:
    assert right_edge(70_000) == [(0, 273, 112), (1, 1, 17), (2, 0, 1)]
    assert right_edge(65_536) == [(2, 0, 1)]


def test_a_missing_or_narrow_tile_is_named() -> None:
    _, tiles = extend(EMPTY, LEAVES)
    with pytest.raises(ValueError, match=r"tile/1/001\.p/17"):
        edge_of(70_000, [tile for tile in tiles if tile.level != 1])
    with pytest.raises(ValueError, match=r"tile/0/273\.p/113"):
        edge_of(70_001, tiles)


@pytest.mark.parametrize("partials", [(), (b"x" * 31,), (b"x" * 64,), (b"x" * 32, b"x" * 32)])
def test_an_edge_that_does_not_fit_its_size_is_refused(partials: tuple[bytes, ...]) -> None:
    with pytest.raises(ValueError, match="right-edge tiles"):
        Edge(1, partials)


def test_a_tree_of_negative_size_is_refused() -> None:
    with pytest.raises(ValueError, match="fewer than 0"):
        right_edge(-1)


@pytest.mark.parametrize("bad", [b"", b"x" * 31, b"x" * 64])
def test_a_leaf_hash_of_another_length_is_refused(bad: bytes) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        extend(EMPTY, [LEAVES[0], bad])


@given(st.integers(0, 63), st.integers(0, 2**55), st.integers(1, 256))
def test_a_tiles_path_is_read_back(level: int, number: int, width: int) -> None:
    assert parse_tile_path(tile_path(level, number, width)) == (level, number, width)


OTHER_SPELLINGS = """
tile/0/0 tile/00/000 tile/64/000 tile/0/x000/000 tile/0/000.p/0 tile/0/000.p/256 tile/0/000.p/01 tile/0/000.p/
tile/entries/000 tile/0/1000 tile/0/x001/x234 /tile/0/000 tile/-1/000 tile/0/../0/000
tile/0/x001/x001/x001/x001/x001/x001/x001/000 tile/0/\N{ARABIC-INDIC DIGIT ONE}00
"""


@pytest.mark.parametrize("path", ["", "tile/0/000\n", *OTHER_SPELLINGS.split()])
def test_any_other_spelling_of_a_path_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match=r"path of a tile|a tile has"):
        parse_tile_path(path)
