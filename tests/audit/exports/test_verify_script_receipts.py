"""verify.py on receipts: the one file that anybody can run checks a single entry, and names what is wrong."""

import json
import subprocess
import sys
from base64 import b64encode

import pytest
from hypothesis import given, strategies as st

from audit.exports.bundle import verify
from audit.log import canonical_json
from audit.merkle.checkpoint import Checkpoint
from audit.merkle.hashing import leaf_hash
from audit.merkle.proofs import inclusion, tree_root
from audit.merkle.signed_notes import Signer
from audit.merkle.tlog_proofs import Receipt
from audit.merkle.tree import EMPTY, extend
from tests.audit.exports.bundle_builder import KEY, ORIGIN, SIGNER, VERIFIER, make_leaf

LEAVES = [canonical_json.encode(make_leaf(number)[0]) for number in range(300)]
_, TILES = extend(EMPTY, [leaf_hash(leaf) for leaf in LEAVES])
STORED = {(tile.level, tile.number): tile.hashes for tile in TILES}
OTHER = Signer("other.example/log", b"\x08" * 32)


def read(coordinates):
    return {tile: STORED[tile] for tile in coordinates}


def receipt(index=7, size=300, signer=SIGNER):
    checkpoint = Checkpoint(signer.name, size, tree_root(size, read)).sign(signer)
    return Receipt(LEAVES[index], index, tuple(inclusion(index, size, read)), checkpoint).encode()


def run(path, capsys, *options, key=KEY):
    code = verify.main([str(path), "--key", key, *options])
    return code, capsys.readouterr().out


@pytest.mark.parametrize(("index", "size"), [(0, 1), (0, 2), (1, 2), (255, 256), (256, 257), (299, 300), (7, 300)])
def test_a_receipt_agrees_and_each_check_is_named(tmp_path, capsys, index, size):
    path = tmp_path / "look.tlog-proof"
    path.write_bytes(receipt(index, size))
    code, output = run(path, capsys)
    assert code == 0
    assert [line.split(":")[0] for line in output.splitlines()] == [
        "ok  checkpoint",
        "ok  tree",
        "ok  entry",
        "All agrees.",
    ]
    assert f"leaf index {index} of that tree" in output
    assert "humanaccess.item.read" in output


def test_it_runs_alone_as_a_user_runs_it(tmp_path):
    path = tmp_path / "look.tlog-proof"
    path.write_bytes(receipt())
    alone = [sys.executable, "-I", "-S", str(VERIFIER), str(path), "--key", KEY, "--json"]
    done = subprocess.run(alone, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, json.loads(done.stdout)["result"], done.stderr) == (0, "agrees", "")


@given(st.data())
def test_every_flipped_bit_is_found(data):
    whole = receipt()
    bit = data.draw(st.integers(0, len(whole) * 8 - 1))
    changed = bytearray(whole)
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises((verify.TamperedError, verify.CannotCheckError)):
        verify.verify_receipt(bytes(changed), [verify.Key.parse(KEY)], [], lambda _name, _text: None)


@given(st.integers(1, 300).flatmap(lambda size: st.tuples(st.integers(0, size - 1), st.just(size))), st.data())
def test_the_inclusion_path_is_the_one_that_the_office_checks(index_and_size, data):
    index, size = index_and_size
    proof = inclusion(index, size, read)
    assert verify.climb(index, size, leaf_hash(LEAVES[index]), proof) == tree_root(size, read)
    other = data.draw(st.integers(0, 400))
    if other != index:
        assert verify.climb(other, size, leaf_hash(LEAVES[index]), proof) != tree_root(size, read)
    assert verify.climb(index, size, leaf_hash(LEAVES[index]), [*proof, bytes(32)]) is None
    if proof:
        assert verify.climb(index, size, leaf_hash(LEAVES[index]), proof[:-1]) is None


@pytest.mark.parametrize(
    ("change", "key", "code", "message"),
    [
        (lambda text: text.replace("index 7", "index 8"), KEY, 1, "does not lead"),
        (lambda text: text.replace("index 7", "index 300"), KEY, 1, "does not lead"),
        (lambda text: text.replace("index 7", "index 07"), KEY, 2, "not a receipt"),
        (lambda text: text.replace("\nindex", "\nextra AAAA\nindex"), KEY, 2, "not a receipt"),
        (lambda text: text.replace(text.split("\n")[1] + "\n", ""), KEY, 2, "not a receipt"),
        (lambda text: text.replace(text.split("\n")[1], "extra " + b64encode(b"{}").decode()), KEY, 1, "extra: "),
        (lambda text: text.replace("\n300\n", "\n301\n"), KEY, 1, "signature by " + ORIGIN),
        (lambda text: text.rpartition("\n\n")[0], KEY, 2, "not a signed note|not a receipt"),
        (lambda text: text + "x" * (1 << 20), KEY, 2, "too long"),
        (lambda text: text, OTHER.verifier.encode(), 2, "right key"),
        (lambda text: receipt(signer=OTHER).decode(), KEY, 2, "right key"),
        (lambda text: text.split("\n")[0] + "\n", KEY, 2, "not a receipt"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, capsys, change, key, code, message):
    path = tmp_path / "look.tlog-proof"
    path.write_bytes(change(receipt().decode()).encode())
    found, output = run(path, capsys, key=key)
    assert found == code
    assert any(word in output for word in message.split("|")), output


def test_a_checkpoint_of_another_log_under_the_same_key_is_refused(tmp_path, capsys):
    note = Checkpoint("another.example/log", 300, tree_root(300, read)).sign(SIGNER)
    path = tmp_path / "look"
    path.write_bytes(Receipt(LEAVES[7], 7, tuple(inclusion(7, 300, read)), note).encode())
    code, output = run(path, capsys)
    assert (code, "of the log another.example/log" in output) == (2, True)


def test_a_witness_that_is_asked_for_must_be_there(tmp_path, capsys):
    path = tmp_path / "look"
    path.write_bytes(receipt())
    code, output = run(path, capsys, "--witness", OTHER.verifier.encode())
    assert (code, "other.example/log" in output) == (2, True)
