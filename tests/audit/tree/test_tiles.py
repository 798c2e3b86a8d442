"""The log's public files: C2SP tlog-tiles, only what is signed, the same for everybody."""

import subprocess
import sys

import pytest
from django.urls import reverse

from audit.log import event_types
from audit.log.actors import machine
from audit.log.append import append
from audit.log.event_types import EventType
from audit.merkle.hashing import root_of
from audit.merkle.proofs import check_inclusion, inclusion, tree_root
from audit.merkle.tree import tile_path
from audit.sequencer.sequence import sequence, take_batch
from audit.tree import checkpoints, prover
from audit.tree.models import Leaf
from core import db
from tests.signin import sign_in

COUNTED = EventType("audit.test.counted", "counted {number}", {"number": int})


@pytest.fixture(autouse=True)
def _own_checkpoint_dir(settings, tmp_path, monkeypatch):
    settings.AUDIT_CHECKPOINT_DIR = str(tmp_path / "checkpoints")
    monkeypatch.setitem(event_types._events, COUNTED.name, COUNTED)


def add(count, now):
    with db.use_role("worker"), db.atomic():
        for number in range(count):
            append(COUNTED, actor=machine("t"), subject=None, now=now, payload={"number": number})


@pytest.fixture
def log(office, now):
    """A signed log of 600 entries and their leaf hashes."""
    add(600, now)
    with db.use_role("sequencer"):
        sequence(now)
    with db.use_role("auditor"):
        return [bytes(hash_) for hash_ in Leaf.objects.order_by("index").values_list("hash", flat=True)]


def test_the_checkpoint_is_served_as_it_was_signed(client, log):
    answer = client.get("/log/checkpoint")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["Cache-Control"] == "public, max-age=2"
    opened = checkpoints.opened(answer.content)
    assert (opened.size, opened.root) == (600, root_of(log))


def test_tiles_are_served_whole_and_partial(client, log):
    for path, hashes in {
        "tile/0/000": log[:256],
        "tile/0/001": log[256:512],
        "tile/0/002.p/88": log[512:],
        "tile/0/002.p/1": log[512:513],
        "tile/0/000.p/255": log[:255],
        "tile/1/000.p/2": [root_of(log[:256]), root_of(log[256:512])],
    }.items():
        answer = client.get(f"/log/{path}")
        assert answer.content == b"".join(hashes), path
        assert answer["Content-Type"] == "application/octet-stream"
        assert answer["Cache-Control"] == "public, max-age=31536000, immutable"


NOT_THERE = """
tile/0/002 tile/0/002.p/89 tile/0/003.p/1 tile/1/000 tile/1/000.p/3 tile/2/000.p/1 tile/63/000
tile/entries/000 tile/entries/002.p/88 tile/0/000.p/256 tile/0/0 tile checkpoint/ x tile/0/000/ tile/0//000
tile/0/x999/x999/x999/x999/x999/x999/999
"""


@pytest.mark.parametrize("path", NOT_THERE.split())
def test_what_does_not_exist_is_a_short_404(client, log, path):
    answer = client.get(f"/log/{path}")
    assert (answer.status_code, answer["Cache-Control"]) == (404, "no-store")
    assert len(answer.content) < 50


def test_what_no_checkpoint_covers_is_not_there(client, office, now):
    add(300, now)
    with db.use_role("sequencer"):
        take_batch()
    assert client.get("/log/checkpoint").status_code == 404
    assert client.get("/log/tile/0/000").status_code == 404
    with db.use_role("sequencer"):
        sequence(now)
        add(10, now)
        take_batch()
    assert client.get("/log/tile/0/001.p/44").status_code == 200
    assert client.get("/log/tile/0/001.p/54").status_code == 404


@pytest.mark.parametrize("path", ["checkpoint", "tile/0/001", "tile/0/002.p/88", "tile/0/900"])
def test_each_file_is_one_query_also_for_somebody_signed_in(client, log, make_user, path, django_assert_num_queries):
    sign_in(client, make_user("omar"))
    with django_assert_num_queries(1):
        answer = client.get(f"/log/{path}")
    assert "Vary" not in answer
    assert "Set-Cookie" not in answer
    assert "private" not in answer["Cache-Control"]


def test_keys_and_the_checker_are_handed_out_and_check_a_receipt(client, log, settings, tmp_path):
    with db.use_role("auditor"):
        made = prover.make_receipt(Leaf.objects.get(index=7).entry)
    (tmp_path / "look").write_bytes(made.encode())
    script = client.get("/log/verify.py")
    assert script["Content-Disposition"] == 'attachment; filename="verify.py"'
    (tmp_path / "verify.py").write_bytes(script.content)
    (key,) = client.get("/log/verifiers").content.decode().splitlines()
    alone = [sys.executable, "-I", "-S", str(tmp_path / "verify.py"), str(tmp_path / "look"), "--key", key]
    done = subprocess.run(alone, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("All agrees.\n")
    settings.OFFICE_LOG_KEY, settings.OFFICE_LOG_VERIFIERS = "", []
    assert client.get("/log/verifiers").status_code == 404


def test_only_reading_is_possible(client, log):
    assert client.head("/log/checkpoint").status_code == 200
    for path in ("/log/checkpoint", "/log/tile/0/000"):
        assert client.post(path).status_code == 405
    assert reverse("log:tile", args=["tile/0/000"]) == "/log/tile/0/000"


def test_a_stranger_proves_an_entry_from_the_public_files_alone(client, log):
    """As a monitor would: the checkpoint, then only the tiles that follow from its size."""
    checkpoint = checkpoints.opened(client.get("/log/checkpoint").content)

    def fetch(coordinates):
        found = {}
        for level, number in coordinates:
            width = min(256, (checkpoint.size >> 8 * level) - number * 256)
            found[level, number] = client.get("/log/" + tile_path(level, number, width)).content
        return found

    assert tree_root(checkpoint.size, fetch) == checkpoint.root
    check_inclusion(123, checkpoint.size, log[123], inclusion(123, checkpoint.size, fetch), checkpoint.root)
