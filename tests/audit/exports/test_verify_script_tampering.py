"""verify.py against changes: any turned bit, lost or moved line, and forgeries that the log's key signed."""

import json
import re
import shutil
import subprocess
import sys
from base64 import b64decode, b64encode

import pytest
from hypothesis import given, settings, strategies as st

from audit.log import canonical_json
from audit.merkle.checkpoint import Checkpoint
from audit.merkle.hashing import leaf_hash
from tests.audit.exports.bundle_builder import (
    KEY,
    ORIGIN,
    SIGNER,
    Bundle,
    make_leaf,
    packed,
    plain_bundle,
    resign,
    sign,
    unpacked,
)
from tests.audit.exports.test_verify_script import run

FILES = plain_bundle().files()
#: verify.py itself is aside: whoever changes it, changes what is checked
NAMES = sorted(name for name in FILES if name != "verify.py")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return unpacked(tmp_path_factory.mktemp("bundle"), FILES)


def check(folder, changed, *options):
    """Run with some files changed (None: taken away), then put them back."""
    for name, data in changed.items():
        if data is None:
            (folder / name).unlink()
        else:
            (folder / name).write_bytes(data)
    try:
        return run(folder, *options)
    finally:
        for name in changed:
            if name in FILES:
                (folder / name).write_bytes(FILES[name])
            else:
                (folder / name).unlink()


@settings(deadline=None, max_examples=120)
@given(st.data())
def test_any_turned_bit_in_any_file_is_found(folder, data):
    name = data.draw(st.sampled_from(NAMES))
    bit = data.draw(st.integers(0, len(FILES[name]) * 8 - 1))
    turned = bytearray(FILES[name])
    turned[bit // 8] ^= 1 << bit % 8
    code, printed = check(folder, {name: bytes(turned)})
    assert code in {1, 2}
    assert "failed on it" not in printed, "a fault must have a sentence of its own"


@pytest.mark.long
def test_every_bit_of_the_small_signed_files_counts(folder):
    for name in ("checkpoint", "MANIFEST.note"):
        for bit in range(len(FILES[name]) * 8):
            turned = bytearray(FILES[name])
            turned[bit // 8] ^= 1 << bit % 8
            assert check(folder, {name: bytes(turned)})[0] in {1, 2}


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_any_cut_or_addition_is_found(folder, data):
    name = data.draw(st.sampled_from(NAMES))
    at = data.draw(st.integers(0, len(FILES[name])))
    added = data.draw(st.binary(max_size=3))
    lost = data.draw(st.integers(0 if added else 1, 40))
    changed = FILES[name][:at] + added + FILES[name][at + lost :]
    if changed != FILES[name]:
        assert check(folder, {name: changed})[0] in {1, 2}


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_file_is_found(folder, name):
    assert check(folder, {name: None})[0] in {1, 2}


def test_an_added_file_is_found(folder):
    code, printed = check(folder, {"views/more.csv": b"index\r\n"})
    assert code == 1
    assert "the manifest does not name it" in printed


def test_a_few_bits_as_the_auditor_runs_it(folder):
    for name in ("entries.jsonl", "hashes", "MANIFEST.json"):
        turned = bytearray(FILES[name])
        turned[len(turned) // 2] ^= 1
        (folder / name).write_bytes(turned)
        command = [sys.executable, "-I", "-S", folder / "verify.py", "--key", KEY]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        (folder / name).write_bytes(FILES[name])
        assert (done.returncode, done.stderr) == (1, "")
        assert "TAMPERED" in done.stdout


# --- What the signatures do not show, as they are right: each check has to find it by itself


def altered(folder, changes, manifest=None):
    """Check the bundle with some files changed and the manifest signed again over them."""
    return check(folder, sign({**FILES, **changes}, manifest))


def rows(name):
    return FILES[name].splitlines(keepends=True)


def joined(lines):
    return b"".join(lines)


LINES, HASHES, CSV, OCSF = rows("entries.jsonl"), FILES["hashes"], rows("views/entries.csv"), rows("views/ocsf.jsonl")


def relined(number, **changes):
    line = json.loads(LINES[number]) | changes
    return joined([*LINES[:number], canonical_json.encode(line) + b"\n", *LINES[number + 1 :]])


def test_signing_again_alone_changes_nothing(folder):
    assert altered(folder, {})[0] == 0


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ([LINES[1], LINES[0], *LINES[2:]], "line 1 .* out of order"),
        ([*LINES[:3], LINES[4], LINES[3], *LINES[5:]], "entries.jsonl line 5 .* out of order"),
        ([*LINES[:3], *LINES[4:9], LINES[3], *LINES[9:]], "entries.jsonl line 9 .* out of order"),
        ([*LINES[:3], *LINES[4:]], "does not hold the entries"),
        (LINES[:-1], "more rows|does not hold"),
        (LINES[1:], "line 1 .* out of order"),
        ([*LINES[:4], LINES[3], *LINES[4:]], "line 5 .* out of order"),
        ([*LINES, LINES[-1]], "out of order"),
        ([*LINES, b"\n"], "line 14: it is not an evidence line"),
        ([*LINES[:-1], LINES[-1][:-1]], "line 13 has no end"),
        ([LINES[0].replace(b'"index":5', b'"index": 5'), *LINES[1:]], "not an evidence line"),
        ([LINES[0].replace(b'"index":5', b'"index":05'), *LINES[1:]], "not an evidence line"),
        ([LINES[0].replace(b'"index":5', b'"index":6'), *LINES[1:]], "out of order"),
        ([LINES[0].replace(b"}\n", b',"more":1}\n'), *LINES[1:]], "not an evidence line"),
        ([LINES[0].replace(b"\n", b"\r\n"), *LINES[1:]], "not an evidence line"),
        ([b"\xef\xbb\xbf" + LINES[0], *LINES[1:]], "not an evidence line"),
        ([b"x" * (1 << 22) + b"\n", *LINES[1:]], "line 1 has no end, or is longer"),
        ([b"[" * 100_000 + b"\n", *LINES[1:]], "not an evidence line"),
    ],
)
def test_lines_moved_lost_doubled_or_misspelt_are_found(folder, lines, fault):
    code, printed = altered(folder, {"entries.jsonl": joined(lines)})
    assert code == 1
    assert re.search(fault, printed), printed


def leaf_of(number):
    return b64decode(json.loads(LINES[number])["leaf"])


def test_a_leaf_that_was_written_anew_is_found(folder):
    leaf = json.loads(leaf_of(2)) | {"outcome": "failed"}
    text = b64encode(canonical_json.encode(leaf)).decode()
    code, printed = altered(folder, {"entries.jsonl": relined(2, leaf=text)})
    assert code == 1
    assert "line 3 (leaf index 9): its leaf is not the one whose hash is in the tree" in printed


def test_base64_with_loose_last_bits_is_found(folder):
    number = next(n for n in range(len(LINES)) if json.loads(LINES[n])["leaf"].endswith("="))
    text = json.loads(LINES[number])["leaf"]
    body = text.rstrip("=")
    loose = chr(ord(body[-1]) + 1)
    code, printed = altered(folder, {"entries.jsonl": relined(number, leaf=body[:-1] + loose + text[len(body) :])})
    assert code == 1
    assert "not strict base64" in printed


def test_a_hash_that_goes_with_a_leaf_written_anew_does_not_fit_the_root(folder):
    leaf = canonical_json.encode(json.loads(leaf_of(2)) | {"request": "another"})
    hashes = HASHES[: 4 * 32] + leaf_hash(leaf) + HASHES[5 * 32 :]
    changes = {"entries.jsonl": relined(2, leaf=b64encode(leaf).decode()), "hashes": hashes}
    assert altered(folder, changes)[0] == 1
    code, printed = check(folder, sign({**FILES, **changes}), "--hashes-only")
    assert code == 1
    assert "do not give the checkpoint's root" in printed


@pytest.mark.parametrize(
    "hashes", [HASHES[:32] + HASHES[64:96] + HASHES[32:64] + HASHES[96:], HASHES[:-32], HASHES + HASHES[:32], b""]
)
def test_hashes_of_other_leaves_are_found(folder, hashes):
    assert altered(folder, {"hashes": hashes})[0] == 1


@pytest.mark.parametrize("name", ["range-proof", "consistency"])
def test_a_proof_with_hashes_lost_added_or_moved_is_found(folder, name):
    proof = rows(name)
    for changed in (
        proof[1:],
        proof[:-1],
        [*proof, proof[0]],
        [*proof[1:], proof[0]],
        [b"AA==\n", *proof[1:]],
        [b"\n"],
    ):
        assert altered(folder, {name: joined(changed)})[0] == 1


def test_an_old_tree_that_is_not_the_beginning_is_found(folder):
    other = plain_bundle()
    other.entries[3] = make_leaf(3, request="rewritten")
    old = other.files()
    checkpoint = json.loads(old["MANIFEST.json"])["previous"]
    code, printed = altered(folder, {"previous-checkpoint": old["previous-checkpoint"]}, {"previous": checkpoint})
    assert code == 1
    assert "is not the beginning of the checkpoint's" in printed


def test_a_checkpoint_signed_for_another_tree_or_log_is_found(folder):
    checkpoint = Checkpoint("another.example/log", 37, bytes(32))
    for name in ("checkpoint", "previous-checkpoint"):
        assert altered(folder, {name: checkpoint.sign(SIGNER)})[0] == 1
    assert altered(folder, {"checkpoint": FILES["previous-checkpoint"]})[0] == 1
    assert altered(folder, {}, {"checkpoint": {"root": b64encode(bytes(32)).decode(), "size": 37}})[0] == 1
    assert altered(folder, {}, {"origin": "another.example/log"})[0] == 1


def test_a_disclosure_that_is_not_the_leafs_is_found(folder):
    held = next(n for n in range(len(LINES)) if json.loads(LINES[n])["disclosures"])
    line = json.loads(LINES[held])
    other = next(json.loads(text)["disclosures"] for text in LINES[held + 1 :] if json.loads(text)["disclosures"])
    for disclosures in (other, line["disclosures"][::-1], [line["disclosures"][0]] * 2):
        code, printed = altered(folder, {"entries.jsonl": relined(held, disclosures=disclosures)})
        assert code == 1
        assert "disclosure" in printed
    code, printed = altered(folder, {"entries.jsonl": relined(held, disclosures=[])})
    assert code == 1
    assert "that the manifest counts" in printed


@pytest.mark.parametrize("name", ["views/entries.csv", "views/ocsf.jsonl"])
def test_a_view_with_rows_lost_added_moved_or_misspelt_is_found(folder, name):
    found = rows(name)
    for changed in (
        found[:-1],
        found[1:],
        [*found, found[-1]],
        [found[0], found[2], found[1], *found[3:]],
        [b"\xff\n"],
    ):
        code, printed = altered(folder, {name: joined(changed)})
        assert code == 1
        assert name in printed


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("views/entries.csv", b"humanaccess.item.read", b"humanaccess.item.seen"),
        ("views/entries.csv", b"staff:", b"user:"),
        ("views/entries.csv", b"index,id", b"id,index"),
        ("views/entries.csv", b"\xef\xbb\xbf", b"\xef\xbb\xbf" * 2),
        ("views/entries.csv", b"caf", b"cof"),
        ("views/entries.csv", b'"{', b"{"),
        ("views/ocsf.jsonl", b'"operation":"humanaccess.item.read"', b'"operation":"humanaccess.item.seen"'),
        ("views/ocsf.jsonl", b'"sequence":5', b'"sequence":6'),
        ("views/ocsf.jsonl", b'"event_version":1', b'"event_version":true'),
        ("views/ocsf.jsonl", b'"event_version":1', b'"event_version":1.0'),
        ("views/ocsf.jsonl", b'"class_uid":6003', b'"class_uid":6004'),
        ("views/ocsf.jsonl", b'"metadata":', b'"matedata":'),
        ("views/ocsf.jsonl", b"caf", b"cof"),
        ("views/ocsf.jsonl", b'"type":"data subject","uid":"', b'"type":"data subject","uid":"0'),
        ("views/ocsf.jsonl", b'"status":"Success"', b'"status":"Failure"'),
        ("views/ocsf.jsonl", b'"severity_id":1', b'"severity_id":2'),
        ("views/ocsf.jsonl", b'"type_id":99', b'"type_id":1'),
        ("views/ocsf.jsonl", b'"src_endpoint":{"uid":"', b'"src_endpoint":{"uid":"0'),
        ("views/ocsf.jsonl", b'{"activity_id"', b'{"activity_id":2,"activity_id"'),
        ("views/ocsf.jsonl", b'{"activity_id"', b'{"a":1,"activity_id"'),
        ("views/ocsf.jsonl", b'"version":"1.3.0"', b'"version":"1.2.0"'),
        ("views/ocsf.jsonl", b"{", b"[" * 100_000),
        ("views/ocsf.jsonl", b"{", b""),
    ],
)  # fmt: skip
def test_a_view_that_says_something_else_is_found(folder, name, old, new):
    changed = FILES[name].replace(old, new, 1)
    assert changed != FILES[name]
    code, printed = altered(folder, {name: changed})
    assert code == 1
    assert name in printed


def test_an_ocsf_line_that_names_another_actor_is_found_and_named(folder):
    line = json.loads(OCSF[4])
    line["actor"]["user"]["uid"] = "another"
    code, printed = altered(
        folder, {"views/ocsf.jsonl": joined([*OCSF[:4], canonical_json.encode(line) + b"\n", *OCSF[5:]])}
    )
    assert code == 1
    assert "views/ocsf.jsonl: row 5 does not match the entry at leaf index 13" in printed


@pytest.mark.parametrize("name", ["views/more.csv", "views/ocsf2.jsonl", "hashes.bak"])
def test_a_file_that_the_format_does_not_know_is_refused_though_the_manifest_lists_it(folder, name):
    code, printed = altered(folder, {name: b"index\r\n"})
    assert code == 2
    assert f"{name}: the format has no such file" in printed


def test_a_spreadsheet_of_the_time_before_the_byte_order_mark_is_read_by_its_own_rules(tmp_path):
    files = Bundle([make_leaf(0, request="\uff1d1+1"), make_leaf(1, request="-1")], 2, [0, 1]).files()
    assert run(unpacked(tmp_path, files))[0] == 0
    marked = files["views/entries.csv"]
    unguarded = marked.replace("'\uff1d".encode(), "\uff1d".encode())
    assert run(unpacked(tmp_path, sign({**files, "views/entries.csv": unguarded})))[0] == 1
    old = unguarded.removeprefix(b"\xef\xbb\xbf")
    assert run(unpacked(tmp_path, sign({**files, "views/entries.csv": old})))[0] == 0


def test_a_cell_like_a_formula_must_have_its_quote(tmp_path):
    bundle = Bundle([make_leaf(0, request="=1+1")], 1, [0])
    files = bundle.files()
    assert b"'=1+1" in files["views/entries.csv"]
    assert run(unpacked(tmp_path, files))[0] == 0
    files["views/entries.csv"] = files["views/entries.csv"].replace(b"'=1+1", b"=1+1")
    assert run(unpacked(tmp_path, sign(files)))[0] == 1


@pytest.mark.parametrize(
    "wanted",
    [
        {"event": "humanaccess.item.seen"},
        {"actor": "staff:nobody"},
        {"outcome": "ok"},
        {"case": "HA-2026-000001"},
        {"subject": "00"},
        {"after": "2026-03-03T09:30:01.000000Z"},
        {"before": "2026-03-03T09:30:02.000000Z"},
        {},
    ],
)
def test_a_line_that_does_not_fit_the_filter_is_found(folder, wanted):
    code, printed = altered(folder, {}, {"filter": wanted})
    assert code == 1
    assert "filter" in printed


LEAF = make_leaf(0)[0]


@pytest.mark.parametrize(
    "leaf",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 60_000,
        b'{"a":' * 10_000,
        b"7" * 60_000,
        json.dumps(LEAF).encode(),
        json.dumps(LEAF, sort_keys=True, separators=(",", ":")).encode(),
        canonical_json.encode(LEAF | {"more": 1}),
        canonical_json.encode(LEAF | {"version": 2}),
        canonical_json.encode(LEAF | {"version": True}),
        canonical_json.encode(LEAF | {"subject": 1}),
        canonical_json.encode(LEAF | {"payload": []}),
        canonical_json.encode(LEAF | {"time": "2026-03-03T09:30:00Z"}),
        canonical_json.encode(LEAF | {"id": LEAF["id"].upper()}),
        canonical_json.encode(LEAF | {"sd": ["short"]}),
        canonical_json.encode(LEAF | {"sd": ["b" * 43, "a" * 43]}),
        canonical_json.encode(LEAF).replace(b'"event_version":1', b'"event_version":1.0'),
        canonical_json.encode(LEAF).replace(b'"event_version":1', b'"event_version":9007199254740992'),
        canonical_json.encode(LEAF).replace(b'"event_version":1', b'"event_version":NaN'),
        canonical_json.encode(LEAF).replace(b'"item"', '"ïtem"'.encode()),
        canonical_json.encode(LEAF).replace(b'"=1+1"', b'"\\ud800"'),
        canonical_json.encode(LEAF).replace(b'"version":1', b'"version":1,"version":1'),
        canonical_json.encode(LEAF | {"request": "x" * 64_900})[:-1] + b" " * 600 + b"}",
    ],
)  # fmt: skip
def test_a_leaf_that_no_office_writes_is_found_though_all_hashes_fit(tmp_path, leaf):
    """The tree takes any bytes: what is in it must still be a leaf."""
    root = leaf_hash(leaf)
    files = Bundle([make_leaf(0)], 1, [0]).files()
    files["entries.jsonl"] = b'{"disclosures":[],"index":0,"leaf":"' + b64encode(leaf) + b'"}\n'
    files |= {"hashes": root, "checkpoint": Checkpoint(ORIGIN, 1, root).sign(SIGNER)}
    checkpoint = {"root": b64encode(root).decode(), "size": 1}
    code, printed = run(unpacked(tmp_path, sign(files, {"checkpoint": checkpoint})))
    assert code == 1
    assert "entries.jsonl line 1" in printed
    assert "failed on it" not in printed


MANIFEST = json.loads(FILES["MANIFEST.json"])


@pytest.mark.parametrize(
    "changes",
    [
        {"format": "omegaoffice-audit-bundle@v2"},
        {"entries": -1},
        {"entries": True},
        {"entries": None},
        {"range": {"end": 38, "first": 5}},
        {"range": {"end": 4, "first": 5}},
        {"range": []},
        {"filter": {"colour": "red"}},
        {"filter": {"after": "yesterday"}},
        {"filter": {"event": 1}},
        {"filter": {"after": 1}},
        {"filter": 1},
        {"previous": []},
        {"previous": 1},
        {"checkpoint": None},
        {"files": [1]},
        {"files": MANIFEST["files"] * 2},
        {"files": MANIFEST["files"][:-1]},
        {"files": [{**MANIFEST["files"][0], "size": 1}, *MANIFEST["files"][1:]]},
        {"files": [{**MANIFEST["files"][0], "name": "../entries.jsonl"}, *MANIFEST["files"][1:]]},
        {"more": 1},
    ],
)  # fmt: skip
def test_a_signed_manifest_of_another_shape_is_refused(folder, changes):
    code, printed = check(folder, resign(canonical_json.encode({**MANIFEST, **changes})))
    assert code in {1, 2}
    assert "failed on it" not in printed


@pytest.mark.parametrize("data", [b"", b"null", b"[]", b"{", b"\xff", b"[" * 100_000, FILES["MANIFEST.json"] + b"\n"])
def test_a_signed_manifest_that_is_no_json_object_is_refused(folder, data):
    code, printed = check(folder, resign(data))
    assert code == 2
    assert "failed on it" not in printed


def test_a_note_about_something_else_is_refused(folder):
    for text in ("hello\n", "omegaoffice-audit-bundle@v1\n", f"{ORIGIN}\n37\nAAAA\n"):
        assert check(folder, resign(FILES["MANIFEST.json"], text=text))[0] == 2


def test_views_may_be_left_out_and_the_evidence_not(tmp_path):
    files = {name: data for name, data in FILES.items() if not name.startswith("views/")}
    code, printed = run(unpacked(tmp_path / "without", sign(files)))
    assert code == 0
    assert "none in this bundle" in printed
    for name in ("entries.jsonl", "hashes", "range-proof", "checkpoint"):
        left = {each: data for each, data in FILES.items() if each != name}
        shutil.rmtree(tmp_path / "without")
        assert run(unpacked(tmp_path / "without", sign(left)))[0] == 2


def test_an_archive_with_a_turned_bit_in_a_file_is_found(tmp_path):
    for name in NAMES:
        turned = bytearray(FILES[name])
        turned[len(turned) // 3] ^= 4
        path = packed(tmp_path / "bundle.tar.gz", {**FILES, name: bytes(turned)})
        assert run(path)[0] in {1, 2}
