"""Receipts: one file that proves one entry to whoever has the key, and fails at any changed bit."""

from base64 import b64encode

import pytest
from hypothesis import given, strategies as st

from audit.merkle.checkpoint import Checkpoint
from audit.merkle.hashing import leaf_hash
from audit.merkle.proofs import inclusion, tree_root
from audit.merkle.signed_notes import Signer
from audit.merkle.tlog_proofs import MAX_BYTES, Receipt, ReceiptError
from audit.merkle.tree import EMPTY, extend

SIGNER = Signer("office.example/log", b"k" * 32)
OTHER = Signer("witness.example", b"w" * 32)
LEAVES = [f'{{"n":{number}}}'.encode() for number in range(300)]
_, TILES = extend(EMPTY, [leaf_hash(leaf) for leaf in LEAVES])
STORED = {(tile.level, tile.number): tile.hashes for tile in TILES}


def read(coordinates):
    return {tile: STORED[tile] for tile in coordinates}


def receipt(index=7, size=300):
    checkpoint = Checkpoint(SIGNER.name, size, tree_root(size, read)).sign(SIGNER, OTHER)
    return Receipt(LEAVES[index], index, tuple(inclusion(index, size, read)), checkpoint)


def check(data):
    return Receipt.parse(data).check(SIGNER.name, [SIGNER.verifier])


def test_a_receipt_is_the_published_format_line_by_line():
    made = receipt()
    proof_text, _, checkpoint = made.encode().partition(b"\n\n")
    lines = proof_text.decode().split("\n")
    assert lines[0] == "c2sp.org/tlog-proof@v1"
    assert lines[1] == "extra " + b64encode(LEAVES[7]).decode()
    assert lines[2] == "index 7"
    assert lines[3] == b64encode(leaf_hash(LEAVES[6])).decode()
    assert checkpoint == made.checkpoint
    assert Receipt.parse(made.encode()) == made
    assert check(made.encode()).size == 300


@pytest.mark.parametrize(("index", "size"), [(0, 1), (0, 2), (255, 256), (256, 257), (299, 300)])
def test_a_receipt_of_any_tree_verifies(index, size):
    assert check(receipt(index, size).encode()).size == size


def test_a_proof_without_an_entry_is_read_and_proves_nothing():
    made = receipt()
    bare = Receipt(None, made.index, made.proof, made.checkpoint)
    assert b"extra" not in bare.encode()
    assert Receipt.parse(bare.encode()) == bare
    with pytest.raises(ReceiptError, match="carries no entry"):
        check(bare.encode())


@given(st.data())
def test_every_flipped_bit_is_found(data):
    """A change in the witness's line alone, whose key the reader does not have, proves nothing about the log."""
    whole = receipt().encode()
    bit = data.draw(st.integers(0, whole.rindex("— witness".encode()) * 8 - 1))
    changed = bytearray(whole)
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(ReceiptError):
        check(bytes(changed))


@given(st.binary(max_size=300))
def test_noise_is_refused_with_a_sentence(noise):
    for data in (noise, b"c2sp.org/tlog-proof@v1\n" + noise, receipt().encode() + noise):
        if data != receipt().encode():
            with pytest.raises(ReceiptError):
                check(data)


HEADER, CHECKPOINT = receipt().encode().decode().split("\n\n", 1)
FIRST, EXTRA, INDEX, *HASHES = HEADER.split("\n")


def joined(*lines, checkpoint=CHECKPOINT):
    return "\n".join(lines) + "\n\n" + checkpoint


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "an empty line and a checkpoint"),
        (HEADER, "an empty line and a checkpoint"),
        (joined("c2sp.org/tlog-proof@v2", EXTRA, INDEX, *HASHES), "first line"),
        (joined(FIRST), "index line"),
        (joined(FIRST, EXTRA, *HASHES), "index line"),
        (joined(FIRST, INDEX, EXTRA, *HASHES), "proof: not base64|proof: not canonical"),
        (joined(FIRST, EXTRA, "index 07", *HASHES), "index line"),
        (joined(FIRST, EXTRA, "index -1", *HASHES), "index line"),
        (joined(FIRST, EXTRA, "index \N{ARABIC-INDIC DIGIT SEVEN}", *HASHES), "ASCII"),
        (joined(FIRST, EXTRA, "index 9999999999999999999", *HASHES), "no leaf index"),
        (joined(FIRST, "extra ", INDEX, *HASHES), "empty"),
        (joined(FIRST, EXTRA + "\r", INDEX, *HASHES), "extra: not"),
        (joined(FIRST, EXTRA, EXTRA, INDEX, *HASHES), "index line"),
        (joined(FIRST, EXTRA, INDEX, *HASHES, " "), "proof: not"),
        (joined(FIRST, EXTRA, INDEX, *HASHES[:-1]), "proof: the proof is too short"),
        (joined(FIRST, EXTRA, INDEX, *HASHES, HASHES[0]), "proof: the proof is too long"),
        (joined(FIRST, EXTRA, INDEX, HASHES[0][:-4] + "AAA=", *HASHES[1:]), "proof:"),
        (joined(FIRST, EXTRA, INDEX, *HASHES * 20), "at most 63"),
        (joined(FIRST, EXTRA, INDEX, "AAAA"), "32 bytes"),
        (joined(FIRST, EXTRA, "index 8", *HASHES), "does not lead"),
        (joined(FIRST, EXTRA, "index 300", *HASHES), "not in the tree"),
        (joined(FIRST, EXTRA, INDEX, *HASHES, checkpoint=""), "checkpoint:"),
        (joined(FIRST, EXTRA, INDEX, *HASHES, checkpoint=CHECKPOINT + "\n"), "checkpoint:"),
        (joined(FIRST, EXTRA, INDEX, *HASHES, checkpoint="\n" + CHECKPOINT), "checkpoint:"),
        (joined(FIRST, EXTRA, INDEX, *HASHES) + "x" * MAX_BYTES, "no more than"),
    ],
)
def test_what_is_malformed_is_named(text, rule):
    with pytest.raises(ReceiptError, match=rule):
        check(text.encode())


def test_another_logs_checkpoint_and_an_unknown_key_are_refused():
    made = receipt()
    with pytest.raises(ReceiptError, match="another log"):
        made.check("other.example/log", [SIGNER.verifier])
    with pytest.raises(ReceiptError, match="no known key"):
        made.check(SIGNER.name, [Signer(SIGNER.name, b"x" * 32).verifier])


def test_an_impossible_receipt_is_not_made():
    with pytest.raises(ReceiptError):
        Receipt(b"x", -1, (), b"")
    with pytest.raises(ReceiptError):
        Receipt(b"x", 0, (b"short",), b"")
