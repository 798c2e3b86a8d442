"""verify.py's own mathematics, against published vectors and against the libraries that it does without."""

import csv
import json
import random
import re
from base64 import b64decode, b64encode
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings, strategies as st

from audit.exports import csv_format, ocsf
from audit.exports.bundle import verify
from audit.log import canonical_json, disclosures
from audit.merkle.hashing import leaf_hash
from audit.merkle.signed_notes import Note, NoteError, Verifier
from tests.audit.exports.bundle_builder import consistency, covers, root_of
from tests.audit.log.leaves import leaves

VECTORS = Path(__file__).parent.parent / "vectors"
SIGNATURES = json.loads((VECTORS / "ed25519.json").read_text())
NOTES = json.loads((VECTORS / "notes.json").read_text())
PUBLISHED = [*NOTES["notes"], NOTES["checkpoint"]]
SMALL = [bytes.fromhex(point) for point in SIGNATURES["small_order"]]


def library(public, message, signature):
    """Verify with OpenSSL, through `cryptography`."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


@pytest.mark.parametrize("case", [*SIGNATURES["rfc8032"], *SIGNATURES["speccheck"]], ids=lambda case: case["name"])
def test_published_signatures_are_judged_strictly(case):
    public, message, signature = (bytes.fromhex(case[name]) for name in ("key", "message", "signature"))
    assert verify.ed25519(public, message, signature) is case["accept"]
    if case in SIGNATURES["rfc8032"]:
        assert library(public, message, signature)


@settings(deadline=None, max_examples=40)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200), st.data())
def test_it_agrees_with_openssl_on_right_and_corrupted_signatures(seed, message, data):
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = private.public_key().public_bytes_raw(), private.sign(message)
    assert verify.ed25519(public, message, signature)
    bit = data.draw(st.integers(0, 511))
    corrupted = bytearray(signature)
    corrupted[bit // 8] ^= 1 << bit % 8
    assert not verify.ed25519(public, message, bytes(corrupted))
    assert not verify.ed25519(public, message + b"x", signature)
    other = bytearray(public)
    other[bit // 16] ^= 1 << bit % 8
    assert verify.ed25519(bytes(other), message, signature) is library(bytes(other), message, signature) is False


def test_turned_bits_of_a_signature_are_found():
    private = Ed25519PrivateKey.from_private_bytes(b"\x05" * 32)
    public, signature = private.public_key().public_bytes_raw(), private.sign(b"hello")
    for bit in range(0, 512, 3):
        corrupted = bytearray(signature)
        corrupted[bit // 8] ^= 1 << bit % 8
        assert not verify.ed25519(public, b"hello", bytes(corrupted))


def test_the_same_number_above_the_order_is_refused():
    private = Ed25519PrivateKey.from_private_bytes(b"\x05" * 32)
    public, signature = private.public_key().public_bytes_raw(), private.sign(b"hello")
    number = int.from_bytes(signature[32:], "little")
    for times in range(1, 15):
        again = signature[:32] + (number + times * verify.ORDER).to_bytes(32, "little")
        assert not verify.ed25519(public, b"hello", again)
        assert not library(public, b"hello", again)


@pytest.mark.parametrize("length", [0, 1, 31, 33, 63, 65, 128])
def test_other_lengths_are_refused(length):
    private = Ed25519PrivateKey.from_private_bytes(b"\x05" * 32)
    public, signature = private.public_key().public_bytes_raw(), private.sign(b"hello")
    assert not verify.ed25519(public, b"hello", (signature * 2)[:length])
    assert not verify.ed25519((public * 4)[:length], b"hello", signature)


@pytest.mark.parametrize("point", SMALL, ids=bytes.hex)
def test_keys_of_small_order_vouch_for_nothing(point):
    """With such a key, R = key and S = 0 would hold for one message in eight, or for every one."""
    for number in range(16):
        for nonce in SMALL:
            assert not verify.ed25519(point, bytes([number]), nonce + bytes(32))


def test_points_are_decoded_as_the_library_does():
    """It names a key that is no point when it verifies; here such a key is None."""
    chance = random.Random(8032)
    decoded = 0
    for _ in range(200):
        data = chance.randbytes(32)
        point = verify._point(data)
        if point is not None:
            decoded += 1
            x, y, _, product = point
            assert (y * y - x * x - 1 - verify.D * x * x * y * y) % verify.P == 0
            assert product == x * y % verify.P
            assert (y | (x & 1) << 255).to_bytes(32, "little") == data
    assert 60 < decoded < 140
    for above in range(verify.P, 2**255):
        assert verify._point(above.to_bytes(32, "little")) is None
    assert verify._point(((1 << 255) | 1).to_bytes(32, "little")) is None, "minus zero"


@pytest.mark.parametrize("vector", PUBLISHED, ids=lambda vector: vector["name"])
def test_published_notes_are_opened(vector):
    key = verify.Key.parse(vector["key"])
    data = f"{vector['text']}\n{vector['line']}\n".encode()
    assert verify.open_note("note", data, [key]) == (vector["text"], [key.name])
    for bit in range(0, len(data) * 8, 29):
        turned = bytearray(data)
        turned[bit // 8] ^= 1 << bit % 8
        with pytest.raises((verify.TamperedError, verify.CannotCheckError)):
            verify.open_note("note", bytes(turned), [key])


def test_the_published_checkpoint_is_read():
    vector = NOTES["checkpoint"]
    key = verify.Key.parse(vector["key"])
    origin, size, root = vector["text"].splitlines()
    data = f"{vector['text']}\n{vector['line']}\n".encode()
    summary = {"size": int(size), "root": root}
    assert verify.read_checkpoint("checkpoint", data, [key], origin, summary) == b64decode(root)
    with pytest.raises(verify.TamperedError):
        verify.read_checkpoint("checkpoint", data, [key], origin, {**summary, "size": int(size) - 1})


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_both_programs_take_the_same_things_for_notes(data):
    vector = data.draw(st.sampled_from(PUBLISHED))
    note = f"{vector['text']}\n{vector['line']}\n".encode()
    at = data.draw(st.integers(0, len(note)))
    added = data.draw(
        st.sampled_from([b"", b"\n", b"\n\n", b" ", b"=", b"\r", b"\t", b"\xff", "\u2014 ".encode(), b"+"])
    )
    note = note[:at] + added + note[at + data.draw(st.integers(0, 2)) :]
    try:
        Note.parse(note).verify([Verifier.parse(vector["key"])])
        good = True
    except NoteError:
        good = False
    try:
        verify.open_note("note", note, [verify.Key.parse(vector["key"])])
        found = True
    except (verify.TamperedError, verify.CannotCheckError):
        found = False
    assert found == good


def test_the_published_disclosure_is_its_leafs():
    vector = json.loads((VECTORS / "disclosures.json").read_text())
    verify.check_disclosures([vector["disclosure"].encode()], [vector["digest"]])
    with pytest.raises(ValueError, match="not in its leaf"):
        verify.check_disclosures([vector["disclosure"].encode()], [disclosures.digest("other")])


@pytest.mark.parametrize(
    "case", json.loads((VECTORS / "canonical.json").read_text())["accepted"], ids=lambda c: c["name"]
)
def test_published_canonical_json_is_written_byte_for_byte(case):
    assert verify.encode(json.loads(case["input"])) == case["output"]
    assert verify.canonical(f'{{"value":{case["output"]}}}'.encode()) == {"value": json.loads(case["output"])}


@pytest.mark.parametrize(
    "case", json.loads((VECTORS / "canonical.json").read_text())["refused"], ids=lambda c: c["name"]
)
def test_what_is_outside_the_schema_is_refused(case):
    for text in (case["input"], case.get("output", case["input"])):
        with pytest.raises((ValueError, RecursionError)):
            verify.canonical(f'{{"value":{text}}}'.encode())


KEYS = st.text('ab"\\\x00\n\x7f~', max_size=4)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(1 - 2**53, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(KEYS, VALUES, max_size=5))
def test_both_programs_write_the_same_canonical_json(value):
    data = canonical_json.encode(value)
    assert verify.canonical(data) == value
    assert verify.encode(value).encode() == data


@settings(deadline=None)
@given(st.integers(0, 2**40), leaves())
def test_the_views_of_any_leaf_are_written_as_they_are_checked(index, leaf):
    leaf = leaf | {"sd": sorted(set(leaf["sd"]))}
    assert verify.read_leaf(canonical_json.encode(leaf)) == leaf
    table = (csv_format.HEADER + csv_format.row(index, leaf)).decode()
    lines = re.findall(r"[^\n]*\n", table)
    header, row = csv.reader(lines, strict=True)
    assert (header, row) == ([verify.MARK + verify.COLUMNS[0], *verify.COLUMNS[1:]], verify.csv_cells(index, leaf))
    event = verify.ocsf_event(index, json.loads(canonical_json.encode(leaf)))
    assert ocsf.row(index, leaf).decode() == verify.encode(event) + "\n"


@given(st.integers(0, 70), st.data())
def test_any_range_folds_to_the_root(size, data):
    first = data.draw(st.integers(0, size))
    end = data.draw(st.integers(first, size))
    hashes = [leaf_hash(bytes([number])) for number in range(size)]
    assert [1 << level for level in verify.subtrees(first, end)] == [b - a for a, b in covers(first, end)]
    fold = verify.Fold()
    for bounds, level in zip(covers(0, first), verify.subtrees(0, first), strict=True):
        fold.push(root_of(hashes[slice(*bounds)]), level)
    fold.push_all(b"".join(hashes[first:end]))
    for bounds, level in zip(covers(end, size), verify.subtrees(end, size), strict=True):
        fold.push(root_of(hashes[slice(*bounds)]), level)
    assert fold.root() == root_of(hashes)


def test_whole_blocks_fold_to_the_same_root():
    hashes = [sha256(number.to_bytes(4, "big")).digest() for number in range(3000)]
    one, many = verify.Fold(), verify.Fold()
    for each in hashes:
        one.push(each)
    for start in range(0, 3000, verify.BLOCK):
        many.push_all(b"".join(hashes[start : start + verify.BLOCK]))
    assert one.root() == many.root() == root_of(hashes)


@given(st.integers(1, 40), st.data())
def test_consistency_holds_for_the_beginning_and_nothing_else(new, data):
    old = data.draw(st.integers(1, new))
    hashes = [leaf_hash(bytes([number])) for number in range(new)]
    proof, roots = consistency(old, hashes), (root_of(hashes[:old]), root_of(hashes))
    assert verify.consistent(old, roots[0], new, roots[1], proof)
    assert not verify.consistent(old, bytes(32), new, roots[1], proof)
    assert not verify.consistent(old, roots[0], new, bytes(32), proof)
    assert not verify.consistent(old, roots[0], new, roots[1], [*proof, bytes(32)])
    assert not verify.consistent(0, sha256().digest(), new, roots[1], proof)
    if proof:
        assert not verify.consistent(old, roots[0], new, roots[1], proof[:-1])


MERKLE = json.loads((VECTORS / "merkle-consistency.json").read_text())


@pytest.mark.parametrize("case", MERKLE.values(), ids=MERKLE.keys())
def test_published_consistency_proofs_are_judged_as_they_say(case):
    try:
        roots = [b64decode(case[name] or "") for name in ("root1", "root2")]
        proof = [verify._hash("proof", line.encode()) for line in case["proof"] or []]
        holds = verify.consistent(case["size1"], roots[0], case["size2"], roots[1], proof)
    except verify.TamperedError:
        holds = False
    assert holds is not case["wantErr"]


def test_a_key_id_commits_to_name_and_kind():
    key = verify.Key.parse(NOTES["notes"][0]["key"])
    text = f"{key.name}+{key.key_id.hex()}+{b64encode(bytes([4]) + key.public).decode()}"
    with pytest.raises(verify.CannotCheckError, match="its id does not fit it"):
        verify.Key.parse(text)
