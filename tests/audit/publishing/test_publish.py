"""Publishing the log as static files: a folder and a real S3, incremental, whole at every moment, enough by itself."""

import struct
from pathlib import Path

import pytest
from django.core.management import call_command

from audit.errors import PublishError, TamperedError
from audit.log import event_types
from audit.log.actors import machine
from audit.log.append import append
from audit.log.event_types import EventType
from audit.merkle.checkpoint import Checkpoint
from audit.merkle.hashing import leaf_hash
from audit.merkle.proofs import check_inclusion, consistency, inclusion, tree_root
from audit.merkle.signed_notes import Signature, Signer
from audit.merkle.tree import tile_path
from audit.publishing import tile_store
from audit.publishing.publish_tiles import publish_log
from audit.sequencer.sequence import sequence
from audit.tree import checkpoints
from audit.tree.models import Cosignature
from core import db
from tests.audit.merkle.consistency import check_consistency
from tests.audit.tree.test_tree_in_database import as_owner
from tests.s3 import s3_server

COUNTED = EventType("audit.test.counted", "counted {number}", {"number": int})


@pytest.fixture(autouse=True)
def files(settings, tmp_path, monkeypatch):
    """The storage: a folder of the test's own."""
    monkeypatch.setitem(event_types._events, COUNTED.name, COUNTED)
    settings.AUDIT_CHECKPOINT_DIR = str(tmp_path / "checkpoints")
    local = settings.STORAGES["default"]
    options = {**local["OPTIONS"], "location": str(tmp_path / "files")}
    settings.STORAGES = {**settings.STORAGES, "default": {**local, "OPTIONS": options}}
    return tmp_path / "files"


@pytest.fixture
def add(office, now):
    """Add entries and sign the tree."""

    def more(count):
        with db.use_role("worker"), db.atomic():
            for number in range(count):
                append(COUNTED, actor=machine("t"), subject=None, now=now, payload={"number": number})
        with db.use_role("sequencer"):
            sequence(now)

    return more


@pytest.fixture
def bucket(settings):
    """A bucket in a server of its own on loopback."""
    with s3_server("office") as (client, options):
        backend = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
        settings.STORAGES = {**settings.STORAGES, "default": backend}
        yield client


def publish(store=None, *, entries=False):
    with db.use_role("auditor"):
        return publish_log(store or tile_store.configured("log"), entries=entries)


class Stranger:
    """Reads files by name and knows the public key, and nothing else of the office."""

    def __init__(self, get):
        self.get = get
        self.checkpoint = checkpoints.opened(get("checkpoint"))

    def read(self, tiles):
        size = self.checkpoint.size
        paths = {
            (level, number): tile_path(level, number, min(256, (size >> 8 * level) - number * 256))
            for level, number in tiles
        }
        return {tile: self.get(path) for tile, path in paths.items()}

    def check(self, step=37):
        size = self.checkpoint.size
        assert tree_root(size, self.read) == self.checkpoint.root
        leaves = [self.read([(0, number)])[0, number] for number in range(-(-size // 256))]
        hashes = [leaf[start : start + 32] for leaf in leaves for start in range(0, len(leaf), 32)]
        assert len(hashes) == size
        for index in range(0, size, step):
            check_inclusion(index, size, hashes[index], inclusion(index, size, self.read), self.checkpoint.root)
            old = index + 1
            old_root = tree_root(old, self.read)
            check_consistency(old, size, old_root, self.checkpoint.root, consistency(old, size, self.read))
        return hashes

    def entries(self):
        size, found = self.checkpoint.size, []
        for number in range(-(-size // 256)):
            path = tile_path(0, number, min(256, size - number * 256)).replace("tile/0/", "tile/entries/")
            data = self.get(path)
            while data:
                (length,) = struct.unpack(">H", data[:2])
                found.append(data[2 : 2 + length])
                data = data[2 + length :]
        return found


def folder_reader(root):
    return Stranger(lambda name: (root / name).read_bytes())


def names(root):
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def test_a_stranger_rebuilds_root_and_proofs_from_the_files_alone(add, files):
    add(600)
    done = publish()
    assert (done.size, done.before, done.files) == (600, 0, 5)
    assert names(files / "log") == {
        "checkpoint",
        "tile/0/000",
        "tile/0/001",
        "tile/0/002.p/88",
        "tile/1/000.p/2",
    }
    folder_reader(files / "log").check()


def test_entries_lie_in_a_folder_of_their_own(add, files):
    add(300)
    publish()
    publish(tile_store.configured("log-entries"), entries=True)
    assert not [name for name in names(files / "log") if "entries" in name]
    stranger = folder_reader(files / "log-entries")
    assert [leaf_hash(leaf) for leaf in stranger.entries()] == stranger.check()
    assert b'"number":299' in stranger.entries()[-1]


def test_only_what_changed_is_written(add, files):
    add(250)
    assert publish().files == 2
    assert publish().files == 0
    add(1)
    done = publish()
    assert (done.before, done.size, done.files) == (250, 251, 2)
    kept = {name: (files / "log" / name).stat().st_mtime_ns for name in names(files / "log")}
    add(300)
    assert publish().files == 5  # tiles 0 and 1 whole, 2 and the one above partial, and the checkpoint
    folder_reader(files / "log").check()
    # The partial tiles of the tile that is whole now may go, and went.
    assert not (files / "log" / "tile" / "0" / "000.p").exists()
    assert set(kept) - names(files / "log") == {"tile/0/000.p/250", "tile/0/000.p/251"}


def test_a_witness_that_signs_later_changes_the_checkpoint_alone(add, files, now):
    add(3)
    publish()
    line = Signature("witness.example", b"seen", bytes(72)).encode()
    with db.use_role("sequencer"):
        Cosignature.objects.create(size=3, witness="witness.example", key_id=b"seen".hex(), signed_at=now, line=line)
    assert publish().files == 1
    assert (files / "log" / "checkpoint").read_text().endswith(line + "\n")
    assert publish().files == 0


@pytest.mark.parametrize("sizes", [(1, 254, 1, 1), (255, 1, 256), (256, 256), (100, 100, 100, 100)])
def test_any_steps_of_growth_give_a_whole_tree_each_time(add, files, sizes):
    for size in sizes:
        add(size)
        publish()
        publish(tile_store.configured("log-entries"), entries=True)
        folder_reader(files / "log").check()
        stranger = folder_reader(files / "log-entries")
        assert [leaf_hash(leaf) for leaf in stranger.entries()] == stranger.check()


class Dying(tile_store.DirectoryTileStore):
    """A folder whose process dies at the n-th write, a draft half written."""

    def __init__(self, root, lives):
        super().__init__(root)
        self.lives = lives

    def put(self, name, data, media):
        if not self.lives:
            path = self._root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.with_name(f".{path.name}.draft").write_bytes(data[:5])
            raise KeyboardInterrupt
        self.lives -= 1
        super().put(name, data, media)


def test_at_every_moment_the_files_are_a_whole_tree(add, tmp_path):
    root = tmp_path / "dying"
    add(250)
    publish(tile_store.DirectoryTileStore(root), entries=True)
    add(300)
    for lives in range(7):
        with pytest.raises(KeyboardInterrupt):
            publish(Dying(root, lives), entries=True)
        stranger = folder_reader(root)
        assert stranger.checkpoint.size == 250
        assert [leaf_hash(leaf) for leaf in stranger.entries()] == stranger.check()
    assert publish(tile_store.DirectoryTileStore(root), entries=True).size == 550
    folder_reader(root).check()
    assert not list(root.rglob("*.draft"))


@pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")
def test_the_same_in_a_real_bucket(add, bucket):
    def get(name):
        return bucket.get_object(Bucket="office", Key=f"log/{name}")["Body"].read()

    def listed():
        found = bucket.list_objects_v2(Bucket="office", Prefix="log/")["Contents"]
        return {item["Key"].removeprefix("log/") for item in found}

    add(250)
    assert publish().files == 2
    assert publish().files == 0
    Stranger(get).check()
    add(300)
    assert publish().files == 5
    Stranger(get).check()
    # Nothing got another name because the old one was taken, and the outgrown tile is gone.
    assert listed() == {"checkpoint", "tile/0/000", "tile/0/001", "tile/0/002.p/38", "tile/1/000.p/2"}
    tile = bucket.head_object(Bucket="office", Key="log/tile/0/000")
    assert (tile["ContentType"], tile["CacheControl"]) == (
        "application/octet-stream",
        "public, max-age=31536000, immutable",
    )
    answer = bucket.head_object(Bucket="office", Key="log/checkpoint")
    assert (answer["ContentType"], answer["CacheControl"]) == ("text/plain; charset=utf-8", "public, max-age=2")


@pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")
def test_a_bucket_that_does_not_answer_is_reported_in_a_sentence(add, bucket, capsys, settings):
    add(1)
    default = settings.STORAGES["default"]
    elsewhere = {**default, "OPTIONS": {**default["OPTIONS"], "bucket_name": "nowhere"}}
    settings.STORAGES = {**settings.STORAGES, "default": elsewhere}
    with pytest.raises(SystemExit) as code:
        call_command("audit_publish")
    assert code.value.code == 2
    assert capsys.readouterr().err.startswith("The storage cannot be ")


def test_two_do_not_publish_at_once(add, tmp_path):
    add(1)
    seen = []

    class Second(tile_store.DirectoryTileStore):
        def put(self, name, data, media):
            with db.use_role("staff"), pytest.raises(PublishError, match="Another process") as caught:
                publish_log(self, entries=False)
            seen.append(caught.value)
            super().put(name, data, media)

    publish(Second(tmp_path / "two"))
    assert seen
    with db.use_role("staff"):
        assert publish_log(tile_store.DirectoryTileStore(tmp_path / "two"), entries=False).files == 0


@pytest.mark.tampering
def test_a_tree_that_is_not_the_signed_one_is_not_published(add, tmp_path):
    add(300)
    store = tile_store.DirectoryTileStore(tmp_path / "log")
    as_owner(
        "ALTER TABLE audit_tile DISABLE TRIGGER USER",
        "UPDATE audit_tile SET hashes = sha256('x') || substr(hashes, 33) WHERE level = 0 AND number = 1",
    )
    with pytest.raises(TamperedError, match="not what the tiles give"):
        publish(store)
    assert store.get("checkpoint") is None


@pytest.mark.tampering
def test_an_entry_that_is_not_the_hashed_one_is_not_published(add, tmp_path):
    add(3)
    as_owner(
        "ALTER TABLE audit_entry DISABLE TRIGGER USER",
        "UPDATE audit_entry SET leaf = leaf || ' ' WHERE id = (SELECT entry FROM audit_leaf WHERE index = 1)",
    )
    with pytest.raises(TamperedError, match="entries from index 0"):
        publish(tile_store.DirectoryTileStore(tmp_path / "log"), entries=True)


def test_a_database_behind_what_is_published_is_refused(add, tmp_path):
    add(3)
    store = tile_store.DirectoryTileStore(tmp_path / "log")
    store.put(
        "checkpoint", Checkpoint(checkpoints.signer().name, 9, b"r" * 32).sign(checkpoints.signer()), tile_store.NOTE
    )
    with pytest.raises(TamperedError, match="entries were taken away"):
        publish(store)
    store.put(
        "checkpoint", Checkpoint(checkpoints.signer().name, 2, b"r" * 32).sign(checkpoints.signer()), tile_store.NOTE
    )
    with pytest.raises(TamperedError, match="checkpoint 2: its root"):
        publish(store)


def test_what_lies_there_by_somebody_else_is_not_written_over(add, tmp_path):
    add(3)
    store = tile_store.DirectoryTileStore(tmp_path / "log")
    stranger = Signer(checkpoints.signer().name, b"x" * 32)
    for note in (b"noise", Checkpoint(stranger.name, 1, b"r" * 32).sign(stranger)):
        store.put("checkpoint", note, tile_store.NOTE)
        with pytest.raises(PublishError, match="cannot be trusted"):
            publish(store)
        assert store.get("checkpoint") == note


def test_the_command_says_what_it_did_and_why_it_cannot(add, files, capsys, settings):
    with pytest.raises(SystemExit) as code:
        call_command("audit_publish")
    assert (code.value.code, capsys.readouterr().err) == (2, "No checkpoint is signed yet.\n")
    add(3)
    call_command("audit_publish")
    assert "Published in log: size 3, before 0; 2 files written." in capsys.readouterr().out
    call_command("audit_publish", "--entries")
    assert "Published in log-entries: size 3, before 0; 3 files written." in capsys.readouterr().out
    assert (files / "log" / "checkpoint").stat().st_mode & 0o777 == 0o600

    as_file = Path(files / "log" / "tile")
    add(1)
    for path in sorted(as_file.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    as_file.rmdir()
    as_file.write_bytes(b"")
    with pytest.raises(SystemExit) as code:
        call_command("audit_publish")
    assert (code.value.code, capsys.readouterr().err) == (2, "The storage cannot be written: NotADirectoryError.\n")

    settings.OFFICE_LOG_KEY, settings.OFFICE_LOG_VERIFIERS = "", []
    with pytest.raises(SystemExit) as code:
        call_command("audit_publish")
    assert code.value.code == 2


def test_another_kind_of_storage_is_refused(settings):
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}
    with pytest.raises(PublishError, match="STORAGE_URL"):
        tile_store.configured("log")
