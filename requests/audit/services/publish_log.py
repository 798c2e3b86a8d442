"""Write the log as static files in the layout of C2SP tlog-tiles: tiles first, then the checkpoint over them."""

import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from audit import checkpoints, sides
from audit.errors import PublishError, TamperedError
from audit.hashing import HASH_BYTES, leaf_hash
from audit.notes import Checkpoint, NoteError
from audit.proofs import ProofError, tree_root
from audit.proving import signed_head
from audit.shelves import FAULTS, NOTE, TILE, Shelf
from audit.tiles import read_tiles
from audit.tree import TILE_HEIGHT, TILE_WIDTH, tile_path

CHECKPOINT = "checkpoint"
#: tiles read at once: 2 MB
_BATCH = 256
#: one publisher at a time, whatever machine it runs on: "log" and "pub", as a number
_LOCK = 0x6C6F67707562
_LEAVES = """
SELECT e.leaf FROM audit_leaf l JOIN audit_entry e ON e.id = l.entry
WHERE l.index >= %s AND l.index < %s ORDER BY l.index
"""


@dataclass
class Published:
    """What was done: the size that is published now, the one before, and how many files were written."""

    size: int
    before: int
    files: int = 0


def publish_log(shelf: Shelf, *, entries: bool, progress: Callable[[int], None] = lambda _files: None) -> Published:
    """Bring the shelf up to the latest signed checkpoint, and write nothing that lies there already.

    Killed at any moment, the shelf still holds the tree of the checkpoint on it, and the next call goes on. With
    `entries` the leaves are written too: such a shelf is for auditors alone. Raises PublishError when that cannot be
    done, TamperedError when what is stored does not give the signed root, or is behind what is published.
    """
    with _alone():
        head, note = _latest()
        before = _published(shelf)
        done = Published(head.size, before.size if before else 0)
        _check(head, before)
        try:
            for name, data in _files(done.before, done.size, entries=entries):
                shelf.put(name, data, TILE)
                done.files += 1
                progress(done.files)
            if shelf.get(CHECKPOINT) != note:
                shelf.put(CHECKPOINT, note, NOTE)
                done.files += 1
            for name in _outgrown(done.before, done.size, entries=entries):
                shelf.drop_folder(name)
        except FAULTS as error:
            raise PublishError(f"The storage cannot be written: {type(error).__name__}.") from error
    return done


@contextmanager
def _alone() -> Iterator[None]:
    with sides.connection().cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            raise PublishError("Somebody else is publishing the log just now.")
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def _latest() -> tuple[Checkpoint, bytes]:
    note = signed_head()
    if note is None:
        raise PublishError("No checkpoint is signed yet.")
    try:
        return checkpoints.opened(note), note
    except NoteError as error:
        raise TamperedError("the latest checkpoint", str(error)) from None


def _published(shelf: Shelf) -> Checkpoint | None:
    """Return the head on the shelf, None before the first: every tile of its tree lies there."""
    try:
        note = shelf.get(CHECKPOINT)
        return None if note is None else checkpoints.opened(note)
    except NoteError as error:
        raise PublishError(f"The checkpoint that is published there cannot be trusted: {error}.") from None
    except FAULTS as error:
        raise PublishError(f"The storage cannot be read: {type(error).__name__}.") from error


def _check(head: Checkpoint, before: Checkpoint | None) -> None:
    """Refuse to publish a tree that is not the signed one, or that does not begin with the published one."""
    for checkpoint in (head, before):
        if checkpoint is None:
            continue
        if checkpoint.size > head.size:
            raise TamperedError(
                f"checkpoint {checkpoint.size}",
                "it was published, and the database does not hold it: entries were taken away",
            )
        try:
            agrees = tree_root(checkpoint.size, read_tiles) == checkpoint.root
        except ProofError as error:
            raise TamperedError(f"checkpoint {checkpoint.size}", str(error)) from None
        if not agrees:
            raise TamperedError(f"checkpoint {checkpoint.size}", "its root is not what the tiles give")


def _new_places(before: int, size: int) -> Iterator[tuple[int, int, int]]:
    """Yield level, number and width of each tile that the tree of `size` has and the tree of `before` has not."""
    level = 0
    while size >> TILE_HEIGHT * level:
        had, has = before >> TILE_HEIGHT * level, size >> TILE_HEIGHT * level
        for number in range(had // TILE_WIDTH, has // TILE_WIDTH):
            yield level, number, TILE_WIDTH
        if has % TILE_WIDTH and had != has:
            yield level, has // TILE_WIDTH, has % TILE_WIDTH
        level += 1


def _files(before: int, size: int, *, entries: bool) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of each file that the larger tree adds, in constant memory."""
    batch: list[tuple[int, int, int]] = []
    for place in _new_places(before, size):
        batch.append(place)
        if len(batch) == _BATCH:
            yield from _tiles(batch, entries=entries)
            batch = []
    yield from _tiles(batch, entries=entries)


def _tiles(places: list[tuple[int, int, int]], *, entries: bool) -> Iterator[tuple[str, bytes]]:
    stored = read_tiles([(level, number) for level, number, _ in places]) if places else {}
    for level, number, width in places:
        hashes = stored.get((level, number), b"")[: width * HASH_BYTES]
        path = tile_path(level, number, width)
        if len(hashes) != width * HASH_BYTES:
            raise TamperedError(path, "the tile is missing or too narrow")
        yield path, hashes
        if entries and level == 0:
            yield _bundle_path(path), _bundle(number * TILE_WIDTH, hashes)


def _bundle_path(path: str) -> str:
    """Return the entry bundle's path beside a tile's of level 0."""
    return path.replace("tile/0/", "tile/entries/", 1)


def _bundle(first: int, hashes: bytes) -> bytes:
    """Return the leaves behind one tile of level 0, each after its length as a big-endian uint16."""
    with sides.connection().cursor() as cursor:
        cursor.execute(_LEAVES, [first, first + len(hashes) // HASH_BYTES])
        leaves = [bytes(leaf) for (leaf,) in cursor.fetchall()]
    if b"".join(map(leaf_hash, leaves)) != hashes:
        raise TamperedError(f"entries from place {first}", "they are not what the tile holds the hashes of")
    return b"".join(struct.pack(">H", len(leaf)) + leaf for leaf in leaves)


def _outgrown(before: int, size: int, *, entries: bool) -> Iterator[str]:
    """Yield the folders of partial tiles whose whole tile is published now: tlog-tiles lets them go."""
    level = 0
    while before >> TILE_HEIGHT * level:
        had, has = before >> TILE_HEIGHT * level, size >> TILE_HEIGHT * level
        if had % TILE_WIDTH and had // TILE_WIDTH < has // TILE_WIDTH:
            path = f"{tile_path(level, had // TILE_WIDTH)}.p"
            yield path
            if entries and level == 0:
                yield _bundle_path(path)
        level += 1
