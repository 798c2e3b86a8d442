"""`manage.py audit_export`: the archive in a folder, what to check it with, and 2 when it cannot be."""

import hashlib
import json
import shlex
import subprocess

import pytest
from django.core.management import call_command
from django.utils import timezone

from tests.audit.exports.bundles import CASE, OTHER_CASE, add, ask, evidence, logged, prepare, unpack


@pytest.fixture(autouse=True)
def _own_checkpoint_dir(settings, tmp_path, monkeypatch):
    prepare(settings, tmp_path, monkeypatch)


def refused(capsys, *arguments):
    """Run the command, which must end with 2, and return its errors."""
    with pytest.raises(SystemExit) as ended:
        call_command("audit_export", *arguments)
    assert ended.value.code == 2
    return capsys.readouterr().err


@pytest.mark.parametrize(("compress", "ending"), [("gzip", ".tar.gz"), ("zstd", ".tar.zst")])
def test_it_writes_an_archive_and_prints_the_command_that_checks_it(office, tmp_path, capsys, compress, ending):
    add(60, timezone.now())
    add(5, timezone.now(), case=OTHER_CASE)
    out = tmp_path / "hand over"
    call_command("audit_export", "--out", str(out), "--case", CASE, "--compress", compress)
    (archive,) = out.iterdir()
    assert archive.name.endswith(ending)
    output = dict(line.split(":", 1) for line in capsys.readouterr().out.splitlines())
    files = unpack(archive.read_bytes())
    assert len(evidence(files)) == 60
    assert output["Entries"].strip() == "60; checkpoint 65"
    assert output["Manifest"].split()[-1] == hashlib.sha256(files["MANIFEST.json"]).hexdigest()
    first, _, check = output["Verify"].rpartition("&&")
    if compress == "zstd":  # what its tar would do, on machines without Zstandard's own program
        assert shlex.split(first) == ["tar", "--zstd", "-xf", str(archive), "-C", str(out)]
        folder = out / archive.name.removesuffix(ending)
        folder.mkdir()
        for name, data in files.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(data)
    done = subprocess.run(shlex.split(check), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "All agrees." in done.stdout
    (asked,), (fetched,) = logged("audit.export.requested"), logged("audit.export.downloaded")
    assert asked.actor == fetched.actor == "machine:command-line"
    assert json.loads(bytes(asked.leaf))["payload"]["filter"] == {"case": CASE}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--case", "7"], "case: A case looks like"),
        (["--after", "yesterday"], "after: A time is written"),
        (["--disclose-subject"], "name it in the filter"),
        (["--resume", "00000000-0000-0000-0000-000000000001"], "there is no export"),
    ],
)
def test_what_it_cannot_do_is_a_sentence_and_2(office, tmp_path, capsys, arguments, message):
    add(1, timezone.now())
    assert message in refused(capsys, "--out", str(tmp_path / "out"), *arguments)
    assert list((tmp_path / "out").iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named(office, tmp_path, capsys):
    (tmp_path / "file").touch()
    assert str(tmp_path / "file") in refused(capsys, "--out", str(tmp_path / "file"))


def test_an_interrupted_export_is_resumed_by_its_id(office, tmp_path, capsys):
    output = refused(capsys, "--out", str(tmp_path))
    assert "no signed checkpoint" in output
    failed = output.split()[1].rstrip(":")
    add(10, timezone.now())
    waiting = str(ask(timezone.now()).pk)
    for number, export in enumerate([failed, waiting]):
        call_command("audit_export", "--out", str(tmp_path / str(number)), "--resume", export)
        assert [path.name for path in (tmp_path / str(number)).iterdir()] == [f"audit-{export}.tar.gz"]


@pytest.mark.parametrize(
    ("option", "value"), [("--case", OTHER_CASE), ("--subject", "0" * 32), ("--actor", "staff:" + "0" * 32)]
)
def test_a_case_or_a_person_that_no_entry_names_is_refused(office, tmp_path, capsys, option, value):
    add(2, timezone.now())
    assert f"no entry of the log names {value}" in refused(capsys, "--out", str(tmp_path / "out"), option, value)
    assert logged("audit.export.requested") == []
