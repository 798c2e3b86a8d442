"""verify.py against archives made to hurt: a sentence and exit 2, never a traceback, and no memory or disk used up."""

import gzip
import io
import os
import subprocess
import sys
import tarfile

import pytest
from hypothesis import given, settings, strategies as st

from audit.exports.bundle import verify
from tests.audit.exports.bundle_builder import KEY, VERIFIER, packed, plain_bundle, unpacked
from tests.audit.exports.test_verify_script import run

FILES = plain_bundle().files()
TOP = "audit-0195f2d4-0000-7000-8000-000000000001"


def member(name, data=b"", **fields):
    """Return one file of an archive, header and padding included."""
    found = tarfile.TarInfo(name)
    found.size = len(data)
    for field, value in fields.items():
        setattr(found, field, value)
    return found.tobuf(format=fields.pop("format", tarfile.GNU_FORMAT)) + data + b"\0" * (-len(data) % 512)


def refused(tmp_path, data, name="bundle.tar", *options):
    """Check that an archive of these bytes is refused with a sentence of its own; return it."""
    path = tmp_path / name
    path.write_bytes(data)
    code, printed = run(path, *options)
    assert code == 2
    assert printed.splitlines()[-1].startswith("Cannot check: ")
    assert "failed on it" not in printed
    return printed


WHOLE = b"".join(member(f"{TOP}/{name}", data) for name, data in FILES.items())
END = b"\0" * 1024


def test_the_plain_archive_agrees(tmp_path):
    (tmp_path / "bundle.tar").write_bytes(WHOLE + END)
    assert run(tmp_path / "bundle.tar")[0] == 0


@pytest.mark.parametrize(
    "name",
    ["../hashes", "/etc/passwd", f"{TOP}/../../hashes", f"{TOP}/..", f"{TOP}//hashes", f"{TOP}/./hashes",
     f"{TOP}/a/b/c", "hashes", f"{TOP}/", f"{TOP}/.hidden", f"{TOP}/new\nline", f"{TOP}/c:\\hashes", "..", "."],
)  # fmt: skip
def test_a_name_that_leads_elsewhere_is_refused(tmp_path, name):
    assert "name" in refused(tmp_path, member(name, b"x") + WHOLE + END)


def test_files_of_two_folders_are_refused(tmp_path):
    assert "one folder" in refused(tmp_path, member("other/hashes", b"x") + WHOLE + END)


@pytest.mark.parametrize(
    "kind",
    [tarfile.LNKTYPE, tarfile.SYMTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, tarfile.CONTTYPE,
     tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_SPARSE, b"V", b"?"],
)  # fmt: skip
def test_links_devices_and_extensions_are_refused(tmp_path, kind):
    odd = member(f"{TOP}/hashes", type=kind, linkname="/etc/passwd")
    assert "no regular file" in refused(tmp_path, odd + WHOLE + END)


def test_a_folders_own_line_is_allowed(tmp_path):
    folders = member(TOP, type=tarfile.DIRTYPE) + member(f"{TOP}/views", type=tarfile.DIRTYPE)
    (tmp_path / "bundle.tar").write_bytes(folders + WHOLE + END)
    assert run(tmp_path / "bundle.tar")[0] == 0


def test_a_file_that_is_there_twice_is_refused(tmp_path):
    assert "there twice" in refused(tmp_path, WHOLE + member(f"{TOP}/hashes", FILES["hashes"]) + END)


def test_a_thousand_files_are_refused(tmp_path):
    many = b"".join(member(f"{TOP}/f{number}") for number in range(1000))
    assert "too many files" in refused(tmp_path, WHOLE + many + END)
    for number in range(100):
        (tmp_path / "folder").mkdir(exist_ok=True)
        (tmp_path / "folder" / f"f{number}").touch()
    assert run(tmp_path / "folder")[0] == 2


def test_bytes_hidden_behind_a_file_or_the_end_are_refused(tmp_path):
    short = member(f"{TOP}/hashes", b"x" * 10)
    assert "hidden" in refused(tmp_path, short[:-1] + b"!" + WHOLE + END)
    assert "hidden" in refused(tmp_path, WHOLE + END + b"x")


def test_a_size_that_is_not_there_is_refused(tmp_path):
    big = tarfile.TarInfo(f"{TOP}/entries.jsonl")
    big.size = 1 << 70
    assert "unpacks to more" in refused(tmp_path, big.tobuf(format=tarfile.GNU_FORMAT) + WHOLE + END)
    big.size = 1 << 20
    assert "ends before its size" in refused(tmp_path, big.tobuf(format=tarfile.GNU_FORMAT))


def test_an_archive_cut_anywhere_is_refused(tmp_path):
    for length in range(0, len(WHOLE), 509):
        refused(tmp_path, WHOLE[:length])


def test_a_compressed_archive_cut_or_corrupted_is_refused(tmp_path):
    whole = packed(tmp_path / "whole.tar.gz", FILES).read_bytes()
    for length in range(2, len(whole) - 1, 997):
        refused(tmp_path, whole[:length], "bundle.tar.gz")
    corrupted = bytearray(whole)
    corrupted[len(whole) // 2] ^= 0xFF
    (tmp_path / "bundle.tar.gz").write_bytes(bytes(corrupted))
    assert run(tmp_path / "bundle.tar.gz")[0] in {1, 2}
    refused(tmp_path, whole + b"garbage", "bundle.tar.gz")


def test_what_is_no_archive_is_refused(tmp_path):
    for data in (b"", b"x", b"PK\x03\x04" + b"\0" * 600, os.urandom(2048), b"\x1f\x8b", gzip.compress(b""), END):
        refused(tmp_path, data)


def test_a_bomb_stops_at_the_limit_in_flat_memory(tmp_path):
    """A gigabyte of nothing in a megabyte: more than 100 times its size is not read."""
    path = tmp_path / "bundle.tar.gz"
    header = tarfile.TarInfo(f"{TOP}/entries.jsonl")
    header.size = 8 << 30
    with gzip.open(path, "wb", 1) as bomb:
        bomb.write(header.tobuf(format=tarfile.GNU_FORMAT))
        for _ in range(40):
            bomb.write(b"\0" * (1 << 20))
    script = (
        "import runpy, sys\n"
        "sys.argv = sys.argv[1:]\n"
        "try: runpy.run_path(sys.argv[0], run_name='__main__')\n"
        "finally: print(*[line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')])\n"
    )
    command = [sys.executable, "-I", "-S", "-c", script, VERIFIER, path, "--key", KEY]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    output, peak = done.stdout.splitlines()
    assert "unpacks to more than 1,073,741,824 bytes" in output
    assert int(peak) < 60_000, "kilobytes"
    code, printed = run(path, "--max-bytes", str(1 << 40))
    assert code == 2
    assert "ends before its size" in printed


def test_zeroes_behind_the_end_count_too(tmp_path):
    path = tmp_path / "bundle.tar.gz"
    path.write_bytes(gzip.compress(WHOLE + END + b"\0" * (8 << 20), 9))
    assert run(path, "--max-bytes", str(4 << 20))[0] == 2
    assert run(path)[0] == 0


def test_a_line_without_end_is_not_read_into_memory(tmp_path):
    files = {**FILES, "entries.jsonl": b"[" * (8 << 20)}
    assert run(packed(tmp_path / "bundle.tar", files))[0] == 1


def test_links_and_pipes_in_a_folder_are_refused(tmp_path):
    folder = unpacked(tmp_path / "bundle", FILES)
    (folder / "hashes").rename(tmp_path / "hashes")
    (folder / "hashes").symlink_to(tmp_path / "hashes")
    assert "no regular file" in run(folder)[1]
    (folder / "hashes").unlink()
    os.mkfifo(folder / "hashes")
    assert "no regular file" in run(folder)[1]
    (folder / "hashes").unlink()
    (folder / "hashes").mkdir()
    assert run(folder)[0] == 1
    (folder / "views" / "deeper").mkdir()
    assert run(folder)[0] == 2


def test_a_name_in_a_folder_that_is_no_text_is_refused(tmp_path):
    folder = unpacked(tmp_path / "bundle", FILES)
    (folder / os.fsdecode(b"\xff\x1b[2J")).touch()
    code, printed = run(folder)
    assert code == 2
    assert "\x1b" not in printed


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=2000), st.sampled_from([b"", b"\x1f\x8b\x08\x00", b"\x28\xb5\x2f\xfd"]))
def test_any_bytes_are_answered_with_a_sentence(tmp_path_factory, data, magic):
    refused(tmp_path_factory.mktemp("any"), magic + data)


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_any_corrupted_header_is_answered(tmp_path_factory, data):
    at = data.draw(st.integers(0, 511))
    archive = bytearray(WHOLE + END)
    archive[at] ^= data.draw(st.integers(1, 255))
    path = tmp_path_factory.mktemp("any") / "bundle.tar"
    path.write_bytes(archive)
    code, printed = run(path)
    assert code in {1, 2}
    assert "failed on it" not in printed


def test_whatever_goes_wrong_inside_is_a_sentence_too(tmp_path, monkeypatch):
    def broken(*_arguments):
        raise MemoryError

    monkeypatch.setattr(verify, "check_files", broken)
    assert run(unpacked(tmp_path, FILES)) == (2, "Cannot check: this check failed on it: MemoryError\n")


def test_nobody_listening_is_no_traceback(tmp_path):
    path = packed(tmp_path / "bundle.tar", FILES)
    read, written = os.pipe()
    os.close(read)
    command = [sys.executable, "-I", "-S", VERIFIER, path, "--key", KEY]
    with os.fdopen(written, "wb") as deaf:
        done = subprocess.run(command, stdout=deaf, stderr=subprocess.PIPE, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_tar_made_by_other_hands_is_read(tmp_path):
    """GNU tar and Python write sizes over 8 GiB in base 256, and a prefix for long names in ustar."""
    header = tarfile.TarInfo(f"{TOP}/hashes")
    header.size = 9 << 30
    assert verify._member(header.tobuf(format=tarfile.GNU_FORMAT)) == (TOP, "hashes", 9 << 30)
    long = tarfile.TarInfo("a" * 99 + "/" + "b" * 90)
    assert verify._member(long.tobuf(format=tarfile.USTAR_FORMAT)) == ("a" * 99, "b" * 90, 0)
    folder = unpacked(tmp_path / TOP, FILES)
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w:gz", format=tarfile.GNU_FORMAT) as archive:
        archive.add(folder, TOP)
    (tmp_path / "again.tar.gz").write_bytes(whole.getvalue())
    assert run(tmp_path / "again.tar.gz")[0] == 0
