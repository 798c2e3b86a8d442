"""Write the log as static files in the layout of C2SP tlog-tiles: tiles first, then the checkpoint over them."""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from audit.errors import PublishError, TamperedError
from audit.merkle.checkpoint import Checkpoint
from audit.merkle.hashing import HASH_BYTES, leaf_hash
from audit.merkle.proofs import ProofError, tree_root
from audit.merkle.signed_notes import NoteError
from audit.merkle.tree import TILE_HEIGHT, TILE_WIDTH, tile_path
from audit.tree import checkpoints
from audit.tree.prover import signed_checkpoint
from audit.tree.tiles import read_tiles
from core import db

from .tile_store import FAULTS, NOTE, TILE, TileStore

CHECKPOINT = "checkpoint"
#: tiles read at once: 2 MB
_BATCH = 256
_LEAVES = """
SELECT e.leaf FROM audit_leaf l JOIN audit_entry e ON e.id = l.entry
WHERE l.index >= %s AND l.index < %s ORDER BY l.index
"""


@dataclass
class Published:
    """The size that is published now, the one before, and how many files were written."""

    size: int
    before: int
    files: int = 0


def publish_log(store: TileStore, *, entries: bool, progress: Callable[[int], None] = lambda _files: None) -> Published:
    """Bring the store up to the latest signed checkpoint, writing only files that are not there yet.

    If the process is killed, the store still holds the whole tree of its checkpoint, and the next call goes on. With
    `entries` the leaves are written too: such a store is for auditors only. Raises PublishError when that cannot be
    done, TamperedError when what is stored does not give the signed root, or is behind what is published.
    """
    with db.try_lock("audit.publish") as is_locked:
        if not is_locked:
            raise PublishError("Another process is publishing the log now.")
        latest, note = _latest()
        before = _published(store)
        done = Published(latest.size, before.size if before else 0)
        _check(latest, before)
        try:
            for name, data in _files(done.before, done.size, entries=entries):
                store.put(name, data, TILE)
                done.files += 1
                progress(done.files)
            if store.get(CHECKPOINT) != note:
                store.put(CHECKPOINT, note, NOTE)
                done.files += 1
            for name in _obsolete_folders(done.before, done.size, entries=entries):
                store.drop_folder(name)
        except FAULTS as error:
            raise PublishError(f"The storage cannot be written: {type(error).__name__}.") from error
    return done


def _latest() -> tuple[Checkpoint, bytes]:
    note = signed_checkpoint()
    if note is None:
        raise PublishError("No checkpoint is signed yet.")
    try:
        return checkpoints.opened(note), note
    except NoteError as error:
        raise TamperedError("the latest checkpoint", str(error)) from None


def _published(store: TileStore) -> Checkpoint | None:
    """Return the checkpoint in the store, None before the first; every tile of its tree is there."""
    try:
        note = store.get(CHECKPOINT)
        return None if note is None else checkpoints.opened(note)
    except NoteError as error:
        raise PublishError(f"The checkpoint that is published there cannot be trusted: {error}.") from None
    except FAULTS as error:
        raise PublishError(f"The storage cannot be read: {type(error).__name__}.") from error


def _check(latest: Checkpoint, before: Checkpoint | None) -> None:
    """Raise TamperedError for a tree that is not the signed one, or that does not begin with the published one."""
    for checkpoint in filter(None, (latest, before)):
        if checkpoint.size > latest.size:
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


def _new_tiles(before: int, size: int) -> Iterator[tuple[int, int, int]]:
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
    tiles = _new_tiles(before, size)
    while batch := list(islice(tiles, _BATCH)):
        yield from _tiles(batch, entries=entries)


def _tiles(tiles: list[tuple[int, int, int]], *, entries: bool) -> Iterator[tuple[str, bytes]]:
    stored = read_tiles([(level, number) for level, number, _ in tiles])
    for level, number, width in tiles:
        hashes = stored.get((level, number), b"")[: width * HASH_BYTES]
        path = tile_path(level, number, width)
        if len(hashes) != width * HASH_BYTES:
            raise TamperedError(path, "the tile is missing or too narrow")
        yield path, hashes
        if entries and level == 0:
            yield _bundle_path(path), _bundle(number * TILE_WIDTH, hashes)


def _bundle_path(path: str) -> str:
    """Return the path of the entry bundle of a level 0 tile."""
    return path.replace("tile/0/", "tile/entries/", 1)


def _bundle(first: int, hashes: bytes) -> bytes:
    """Return the leaves behind one tile of level 0, each after its length as a big-endian uint16."""
    leaves = [bytes(leaf) for (leaf,) in db.select_rows(_LEAVES, [first, first + len(hashes) // HASH_BYTES])]
    if b"".join(map(leaf_hash, leaves)) != hashes:
        raise TamperedError(f"entries from index {first}", "their hashes are not those of the tile")
    return b"".join(struct.pack(">H", len(leaf)) + leaf for leaf in leaves)


def _obsolete_folders(before: int, size: int, *, entries: bool) -> Iterator[str]:
    """Yield the folders of partial tiles whose full tile is published now: tlog-tiles allows deleting them."""
    level = 0
    while before >> TILE_HEIGHT * level:
        had, has = before >> TILE_HEIGHT * level, size >> TILE_HEIGHT * level
        if had % TILE_WIDTH and had // TILE_WIDTH < has // TILE_WIDTH:
            path = f"{tile_path(level, had // TILE_WIDTH)}.p"
            yield path
            if entries and level == 0:
                yield _bundle_path(path)
        level += 1
