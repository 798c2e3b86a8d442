"""The tree in tiles of 256 hashes (C2SP tlog-tiles), extended from its right edge alone."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .hashing import HASH_BYTES, parents, root_of

TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
MAX_LEVEL = 63
#: seven groups of digits are more than the tiles of 2**63 entries need
_PATH = re.compile(r"tile/([0-9]{1,2})/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([0-9]{1,3}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Tile:
    """Up to 256 consecutive hashes of one level: of leaves at level 0, above it the roots of the full tiles below."""

    level: int
    number: int
    hashes: bytes

    @property
    def width(self) -> int:
        """The number of hashes, 1 to 256."""
        return len(self.hashes) // HASH_BYTES

    @property
    def path(self) -> str:
        """The path under which tlog-tiles publishes it."""
        return tile_path(self.level, self.number, self.width)


def _widths(size: int) -> list[int]:
    """Return the width of the partial tile of each level that a tree of this size reaches."""
    if size < 0:
        raise ValueError("a tree has no fewer than 0 entries")
    levels = -(-size.bit_length() // TILE_HEIGHT)
    return [(size >> TILE_HEIGHT * level) % TILE_WIDTH for level in range(levels)]


@dataclass(frozen=True, slots=True)
class Edge:
    """What extending a tree or computing its root needs: the size and each level's partial tile.

    `partials[level]` holds `(size >> 8 * level) % 256` hashes of 32 bytes: none where a level ends on a tile.
    """

    size: int
    partials: tuple[bytes, ...]

    def __post_init__(self) -> None:
        found = [len(partial) for partial in self.partials]
        if found != [width * HASH_BYTES for width in _widths(self.size)]:
            raise ValueError(f"these are not the right-edge tiles of a tree of {self.size} entries")


EMPTY = Edge(0, ())


def right_edge(size: int) -> list[tuple[int, int, int]]:
    """Return level, number and width of each partial tile of a tree of `size` entries."""
    return [(level, _number(size, level), width) for level, width in enumerate(_widths(size)) if width]


def edge_of(size: int, tiles: Iterable[Tile]) -> Edge:
    """Return the edge of a tree of `size` entries from stored tiles, in any order, others among them.

    A wider tile begins with the same hashes. ValueError names the first missing tile.
    """
    stored = {(tile.level, tile.number): tile.hashes for tile in tiles}
    partials = [b""] * len(_widths(size))
    for level, number, width in right_edge(size):
        hashes = stored.get((level, number), b"")[: width * HASH_BYTES]
        if len(hashes) != width * HASH_BYTES:
            raise ValueError(f"tile missing or too narrow: {tile_path(level, number, width)}")
        partials[level] = hashes
    return Edge(size, tuple(partials))


def extend(edge: Edge, leaf_hashes: Sequence[bytes]) -> tuple[Edge, list[Tile]]:
    """Return the edge after these leaf hashes (32 bytes each), and every tile that is new or wider.

    Tiles are ordered by level, then from the left; only the last of a level may be partial. The cost is one SHA-256
    an entry, whatever the size of the tree.
    """
    if any(length != HASH_BYTES for length in set(map(len, leaf_hashes))):
        raise ValueError(f"a leaf hash has {HASH_BYTES} bytes")
    partials = list(edge.partials)
    changed: list[Tile] = []
    added: Sequence[bytes] = leaf_hashes
    level = 0
    while added:
        if level == len(partials):
            partials.append(b"")
        hashes = [*_split(partials[level]), *added]
        first = _number(edge.size, level)
        changed += [
            Tile(level, first + start // TILE_WIDTH, b"".join(hashes[start : start + TILE_WIDTH]))
            for start in range(0, len(hashes), TILE_WIDTH)
        ]
        full = len(hashes) - len(hashes) % TILE_WIDTH
        partials[level] = b"".join(hashes[full:])
        # Eight rounds over all full tiles at once leave one hash a tile.
        added = hashes[:full]
        for _ in range(TILE_HEIGHT):
            added = parents(added)
        level += 1
    return Edge(edge.size + len(leaf_hashes), tuple(partials)), changed


def root(edge: Edge) -> bytes:
    """Compute the RFC 6962 root of the tree that ends in this edge: 32 bytes."""
    below: list[bytes] = []
    for partial in edge.partials:
        hashes = _split(partial) + below
        below = [root_of(hashes)] if hashes else []
    return root_of(below)


def tile_path(level: int, number: int, width: int = TILE_WIDTH) -> str:
    """Return `tile/<L>/x001/x234/067`, followed by `.p/<W>` when partial; ValueError out of range."""
    if not (0 <= level <= MAX_LEVEL and number >= 0 and 1 <= width <= TILE_WIDTH):
        raise ValueError("a tile has a level of 0 to 63, a number and a width of 1 to 256")
    groups = f"{number:,}".split(",")
    groups[0] = groups[0].zfill(3)
    path = "/".join([f"tile/{level}", *(f"x{group}" for group in groups[:-1]), groups[-1]])
    return path if width == TILE_WIDTH else f"{path}.p/{width}"


def parse_tile_path(path: str) -> tuple[int, int, int]:
    """Read level, number and width from what `tile_path` writes; ValueError for any other spelling."""
    match = _PATH.fullmatch(path)
    if match is None:
        raise ValueError("not the path of a tile")
    level, groups, width = match.groups()
    tile = int(level), int(groups.replace("/", "").replace("x", "")), int(width or TILE_WIDTH)
    if tile_path(*tile) != path:
        raise ValueError("not the one path of a tile")
    return tile


def _number(size: int, level: int) -> int:
    """Return the number of the tile to which the next hash of this level belongs."""
    return size >> TILE_HEIGHT * (level + 1)


def _split(hashes: bytes) -> list[bytes]:
    return [hashes[start : start + HASH_BYTES] for start in range(0, len(hashes), HASH_BYTES)]
