"""verify.py on whole bundles: its output and its forms, the keys, and that it needs nothing but Python."""

import ast
import contextlib
import io
import json
import subprocess
import sys
from base64 import b64encode
from hashlib import sha256

import pytest
from hypothesis import given, settings, strategies as st

from audit.exports.bundle import verify
from audit.merkle.checkpoint import Checkpoint
from audit.merkle.signed_notes import Note, Signature, Signer, Verifier
from tests.audit.exports.bundle_builder import (
    KEY,
    ORIGIN,
    SIGNER,
    VERIFIER,
    Bundle,
    make_leaf,
    packed,
    plain_bundle,
    sign,
    unpacked,
)

OTHER = Signer(ORIGIN, b"\x08" * 32)
WITNESS = Signer("witness.example/one", b"\x09" * 32)


def run(path, *options, key=KEY):
    """Run the command in this process; return its exit code and what it printed."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        code = verify.main([str(path), "--key", key, *options])
    return code, printed.getvalue()


def run_alone(*arguments, **options):
    """Run the file as an auditor does, in an interpreter that sees no installed package."""
    return subprocess.run(
        [sys.executable, "-I", "-S", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        **options,
    )


def test_too_old_a_python_gets_a_sentence_and_exit_2(tmp_path):
    source = VERIFIER.read_text()
    # What an old interpreter cannot parse is a traceback and exit 1 there, which means "tampered".
    ast.parse(source, feature_version=(3, 6))
    assert "from __future__" not in source
    for version in ("(2, 7, 18)", "(3, 6, 8)", "(3, 8, 20)"):
        start = (
            f"import sys; sys.version_info = {version}; exec(compile(open(sys.argv[1]).read(), 'verify.py', 'exec'))"
        )
        done = run_alone("-c", start, VERIFIER, tmp_path, "--key", KEY)
        assert (done.returncode, done.stderr) == (2, "")
        assert done.stdout.startswith("Cannot check: this check needs Python 3.9 or newer")


def test_a_whole_bundle_agrees_and_each_check_is_named(tmp_path):
    code, printed = run(unpacked(tmp_path, plain_bundle().files()))
    assert code == 0
    report = [line.split(":")[0] for line in printed.splitlines()]
    checks = ["manifest", "files", "checkpoint", "consistency", "tree", "entries", "fields", "views", "gaps", "outside"]
    assert report == [*(f"ok  {check}" for check in checks), "All agrees."]
    assert "12 leaf indexes of the range have a hash only" in printed


@pytest.mark.parametrize("name", ["bundle.tar", "bundle.tar.gz", "odd-name.tar.gz"])
def test_an_archive_is_checked_without_unpacking_it(tmp_path, name):
    assert run(packed(tmp_path / name, plain_bundle().files()))[0] == 0


def test_a_large_archive_is_read_by_several_streams_at_once(tmp_path):
    wide = [make_leaf(n, payload={"note": "x" * 2000}) for n in range(800)]
    files = Bundle(wide, 800, list(range(800))).files()
    assert len(files["entries.jsonl"]) > verify.SMALL
    assert len(files["views/ocsf.jsonl"]) > verify.SMALL
    for name in ("bundle.tar", "bundle.tar.gz"):
        assert run(packed(tmp_path / name, files))[0] == 0
    code, printed = run(unpacked(tmp_path / "folder", files))
    assert code == 0
    assert "every leaf index of the range has its entry" in printed
    assert "no previous checkpoint" in printed


def test_a_zstd_archive_is_read_where_python_can_and_else_the_way_out_is_named(tmp_path):
    import zstandard

    plain = packed(tmp_path / "bundle.tar", plain_bundle().files())
    path = tmp_path / "bundle.tar.zst"
    path.write_bytes(zstandard.compress(plain.read_bytes()))
    code, printed = run(path)
    if sys.version_info >= (3, 14):
        assert code == 0
    else:
        assert (code, "tar --zstd -xf" in printed) == (2, True)


def test_the_file_runs_alone_and_from_its_own_folder(tmp_path):
    folder = unpacked(tmp_path, plain_bundle().files())
    done = run_alone(folder / "verify.py", "--key", KEY)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("All agrees.\n")
    hashes = (folder / "hashes").read_bytes()
    (folder / "hashes").write_bytes(bytes([hashes[0] ^ 1]) + hashes[1:])
    done = run_alone(folder / "verify.py", folder, "--key", KEY, "--json")
    report = json.loads(done.stdout)
    assert (done.returncode, done.stderr, report["exit"], report["result"]) == (1, "", 1, "tampered")
    assert report["fault"] == "hashes: its SHA-256 is not the one in the manifest"
    assert [check["check"] for check in report["checks"]] == ["manifest"]
    assert run_alone(folder / "verify.py").returncode == 2


def test_the_file_is_python_3_9_and_imports_the_standard_library_alone():
    tree = ast.parse(VERIFIER.read_text(), feature_version=(3, 9))
    imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    imported |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names


def test_hashes_only_leaves_out_what_the_leaves_say_and_says_so(tmp_path):
    code, printed = run(unpacked(tmp_path, plain_bundle().files()), "--hashes-only")
    assert code == 0
    assert "not checked: leaves, disclosures, filter and views" in printed


def test_an_empty_evidence_agrees(tmp_path):
    entries = [make_leaf(n) for n in range(5)]
    code, printed = run(unpacked(tmp_path, Bundle(entries, 5, [], {"event": "nothing.of.this"}).files()))
    assert code == 0
    assert "0 entries" in printed
    assert "5 entries of the checkpoint's tree lie outside the range" in printed
    assert run(unpacked(tmp_path / "none", Bundle([], 0, []).files()))[0] == 0


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_any_range_of_any_tree_agrees(tmp_path_factory, data):
    size = data.draw(st.integers(1, 40))
    keep = sorted(data.draw(st.sets(st.integers(0, size - 1), min_size=1)))
    previous = data.draw(st.none() | st.integers(1, size))
    entries = [make_leaf(n, event="a.b.done") for n in range(size)]
    bundle = Bundle(entries, size, keep, {"event": "a.b.done"}, previous=previous)
    assert run(unpacked(tmp_path_factory.mktemp("any"), bundle.files()))[0] == 0


def test_in_a_rotation_either_key_is_enough(tmp_path):
    bundle = plain_bundle()
    bundle.signers = (SIGNER, OTHER)
    folder = unpacked(tmp_path, bundle.files())
    for keys in (KEY, OTHER.verifier.encode()):
        assert run(folder, key=keys)[0] == 0
    assert run(folder, "--key", OTHER.verifier.encode())[0] == 0


@pytest.mark.parametrize("key", [OTHER.verifier.encode(), Signer("other.example", b"\x07" * 32).verifier.encode()])
def test_a_wrong_key_checks_nothing(tmp_path, key):
    code, printed = run(unpacked(tmp_path, plain_bundle().files()), key=key)
    assert code == 2
    assert "is that the right key?" in printed


@pytest.mark.parametrize(
    "key", ["", "x", KEY[:-4], KEY.replace(ORIGIN, "else.example"), f"PRIVATE+KEY+{KEY}", KEY + "\n"]
)
def test_what_is_no_key_is_refused_with_a_sentence(tmp_path, key):
    code, printed = run(tmp_path, key=key)
    assert code == 2
    assert printed.startswith("Cannot check: ")


def cosigned(text, moment, seed=b"\x09" * 32):
    """Return a C2SP cosignature line and the witness's key of kind 4."""
    signer = Signer(WITNESS.name, seed)
    signature = signer.sign(f"cosignature/v1\ntime {moment}\n{text}").signature
    data = b"\x04" + signer.verifier.public
    key_id = sha256(WITNESS.name.encode() + b"\n" + data).digest()[:4]
    key = f"{WITNESS.name}+{key_id.hex()}+{b64encode(data).decode()}"
    return Signature(WITNESS.name, key_id, moment.to_bytes(8, "big") + signature), key


def test_a_witness_vouches_for_no_log(tmp_path):
    _, key = cosigned("", 1)
    code, printed = run(tmp_path, key=key)
    assert code == 2
    assert "--witness" in printed


def test_a_key_vouches_for_the_log_of_its_name_alone(tmp_path):
    other = Signer("other.example/log", b"\x07" * 32)
    bundle = plain_bundle()
    bundle.signers = (SIGNER, other)
    code, printed = run(unpacked(tmp_path, bundle.files()), key=other.verifier.encode())
    assert code == 2
    assert "the key is that of other.example/log" in printed


def with_lines(files, *lines):
    note = Note.parse(files["checkpoint"])
    return sign({**files, "checkpoint": Note(note.text, (*note.signatures, *lines)).encode()})


def test_cosignatures_of_given_witnesses_are_checked(tmp_path):
    files = plain_bundle().files()
    text = Note.parse(files["checkpoint"]).text
    line, key = cosigned(text, 1_772_530_200)
    folder = unpacked(tmp_path / "good", with_lines(files, line, WITNESS.sign(text)))
    code, printed = run(folder, "--witness", key, "--witness", WITNESS.verifier.encode())
    assert code == 0
    assert "ok  witnesses: cosigned by witness.example/one" in printed
    assert run(folder)[0] == 0, "who gives no witness asks for none"
    late = Signature(line.name, line.key_id, (1).to_bytes(8, "big") + line.signature[8:])
    assert run(unpacked(tmp_path / "late", with_lines(files, late)), "--witness", key)[0] == 1
    code, printed = run(unpacked(tmp_path / "none", files), "--witness", key)
    assert code == 2
    assert "no line in it is by witness.example/one" in printed


def test_what_is_printed_cannot_steer_a_terminal(tmp_path):
    odd = "a\x1b[2J\nAll agrees."
    bundle = plain_bundle()
    bundle.wanted = {"event": odd}
    code, printed = run(unpacked(tmp_path, bundle.files()))
    assert code == 1
    assert "\x1b" not in printed
    assert "All agrees." not in printed.splitlines()


def test_nothing_to_check_is_reported_in_a_sentence(tmp_path):
    for path in (tmp_path, tmp_path / "missing.tar.gz", tmp_path / "missing"):
        code, printed = run(path)
        assert code == 2
        assert printed.startswith("Cannot check: ")
    (tmp_path / "empty.tar").write_bytes(b"")
    assert run(tmp_path / "empty.tar") == (2, "Cannot check: it is not a tar archive, or it is cut off\n")


def test_a_checkpoint_of_our_log_reads_the_same_in_both_programs():
    note = Checkpoint(ORIGIN, 5, bytes(range(32))).sign(SIGNER)
    text, names = verify.open_note("checkpoint", note, [verify.Key.parse(KEY)])
    assert (text, names) == (Note.parse(note).text, [ORIGIN])
    assert Verifier.parse(KEY).public == verify.Key.parse(KEY).public
