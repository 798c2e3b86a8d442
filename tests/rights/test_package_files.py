"""The files of a package beside the JSON: CSV, what is portable with its schema, the signed manifest, verify.py."""

import csv
import io
import json
import zipfile

import jsonschema
import pytest

from accounts.personaldata.categories import data_categories
from audit.exports.bundle import verify
from audit.merkle.checkpoint import Checkpoint
from audit.merkle.signed_notes import Note, NoteError
from audit.tree import checkpoints
from core import db
from rights import services
from rights.fulfilment import assemble_package as assembling
from rights.fulfilment.csv_file import FIRST_RECORDS, LONGEST_CELL, read_records, write_csv
from rights.states import Kind
from tests.platform_rows import SHAPES, put_row, put_rows

PORTABLE = {category.name for category in data_categories() if category.portable}


@pytest.fixture
def package(file_request, user, officer, start, work, now, opened, settings):
    """Make and download a package: `package()` or `package(Kind.PORTABILITY)` is a ZipFile."""

    def make(kind=Kind.ACCESS):
        request = start(file_request(user, kind=kind))
        work(request)
        with db.use_role("staff"):
            services.approve_delivery(request.reference, actor=officer, now=now, reviewed=True)
        return opened(request)

    return make


@pytest.fixture
def rows(user, now):
    """Give the person a record of every stream."""
    for table in SHAPES:
        put_row(table, user.reference, now)


def records(archive, name):
    return json.loads(archive.read(f"data/{name}.json"))


def table(archive, name):
    data = archive.read(f"data/{name}.csv")
    assert data.startswith("\ufeff".encode())
    text = data.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def cell(value):
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
    return f"'{text}" if text.startswith(verify.FORMULA) else text


def test_every_csv_says_what_the_json_says(package, rows):
    archive = package()
    for category in data_categories():
        (header,) = archive.read(f"data/{category.name}.csv").decode("utf-8-sig").splitlines()[:1]
        assert header.split(",") == [*category.fields]
        found = [
            {name: cell(record.get(name)) for name in category.fields} for record in records(archive, category.name)
        ]
        assert [{**row} for row in table(archive, category.name)] == json.loads(json.dumps(found, ensure_ascii=False))


def test_text_that_a_spreadsheet_would_run_is_guarded_and_quotes_stay(package, user, now):
    for n, text in enumerate(["=HYPERLINK(1)", '"quoted", two\nlines', "\uff1d1"]):
        put_row("workloads_logline", user.reference, now, sealed={"text": text}, level=f"l{n}")
    found = {row["level"]: row["text"] for row in table(package(), "logs")}
    assert found == {"l0": "'=HYPERLINK(1)", "l1": '"quoted", two\nlines', "l2": "'\uff1d1"}


def test_csv_is_written_and_records_are_read_in_pieces():
    lines = b"[\n" + b",\n".join(json.dumps({"a": n, "b": "x" * 500}).encode() for n in range(2000)) + b"\n]\n"
    pieces = [lines[n : n + 7000] for n in range(0, len(lines), 7000)]
    first = []
    made = list(write_csv(["a", "b"], read_records(pieces), first))
    assert len(made) > 3
    assert b"".join(made).count(b"\r\n") == 2001
    assert len(first) == FIRST_RECORDS
    assert first[1] == ["1", "x" * LONGEST_CELL + "…"]


def test_a_large_part_is_streamed_as_csv_as_well(package, user, now, monkeypatch):
    monkeypatch.setattr(assembling, "_SMALL", 0)
    put_rows("workloads_logline", user.reference, now, 3)
    archive = package()
    assert len(table(archive, "logs")) == 3
    assert archive.testzip() is None


def test_a_portable_package_holds_what_the_person_gave_and_fits_its_schemas(package, rows):
    archive = package(Kind.PORTABILITY)
    manifest = json.loads(archive.read("manifest.json"))
    assert manifest["kind"] == "portability"
    assert {name[5:-5] for name in archive.namelist() if name.endswith(".json") and name.count(".") <= 2} >= PORTABLE
    for category in data_categories():
        if category.name not in PORTABLE:
            assert f"data/{category.name}.json" not in archive.namelist()
            continue
        schema = json.loads(archive.read(f"schemas/{category.name}.schema.json"))
        jsonschema.Draft202012Validator.check_schema(schema)
        found = records(archive, category.name)
        checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
        jsonschema.Draft202012Validator(schema, format_checker=checker).validate(found)
        assert [{*record} for record in found] == [{*category.portable}] * len(found)
        columns = json.loads(archive.read(f"data/{category.name}.csv-metadata.json"))["tableSchema"]["columns"]
        assert [column["name"] for column in columns] == [*category.portable]
        assert [*category.portable] == archive.read(f"data/{category.name}.csv").decode("utf-8-sig").split("\r\n")[
            0
        ].split(",")
        facts = json.loads(archive.read(f"data/{category.name}.facts.json"))
        assert [*facts["fields"]] == [*category.portable]
    assert len(records(archive, "logs")) == len(records(archive, "automations")) == 1
    assert "destination_digests" not in records(archive, "automations")[0]


def test_what_is_portable_is_declared_and_rests_on_the_contract():
    assert {"identity.account", "apps", "usage", "metrics", "commands", "logs", "automations", "runs"} <= PORTABLE
    for category in data_categories():
        assert {*category.portable} <= {*category.fields}
        assert not category.portable or "6(1)(b)" in str(category.legal_basis)


def test_the_signature_is_of_this_manifest_and_no_checkpoint(package):
    archive = package()
    note = Note.parse(archive.read("manifest.note"))
    note.verify(checkpoints.verifiers())
    assert note.text.startswith("omegaoffice-package@v2\n")
    with pytest.raises(NoteError):
        Checkpoint.parse(note.text)


def check(path, capsys, *options):
    keys = [part for key in checkpoints.verifiers() for part in ("--key", key.encode())]
    return verify.main([str(path), *keys, *options]), capsys.readouterr().out


@pytest.mark.parametrize("unpacked", [False, True])
def test_verify_finds_that_nothing_was_changed(package, tmp_path, capsys, unpacked):
    archive = package()
    path = tmp_path / "package"
    if unpacked:
        archive.extractall(path)
    else:
        path = tmp_path / "RR.zip"
        path.write_bytes(archive.fp.getvalue())
    code, said = check(path, capsys)
    assert (code, said.splitlines()[-1]) == (0, "All agrees.")
    assert "the answer to the access request RR-2026-000001" in said
    assert "no check shows that the office holds nothing else about you" in said


def rewritten(archive, path, change):
    """Write the package anew with its files changed: `change(files)` gets name → bytes."""
    files = {name: archive.read(name) for name in archive.namelist()}
    change(files)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files.items():
            made.writestr(name, data)
    return path


def relisted(files, /, **changes):
    """Change the manifest and leave the note."""
    files["manifest.json"] = json.dumps({**json.loads(files["manifest.json"]), **changes}).encode()


@pytest.mark.parametrize(
    ("change", "code", "sentence"),
    [
        (lambda files: files.update({"data/apps.csv": b"x"}), 1, "TAMPERED: data/apps.csv: it has 1 bytes"),
        (lambda files: files.update({"data/new.json": b"[]"}), 1, "TAMPERED: data/new.json: it is there, and"),
        (lambda files: files.pop("data/apps.json"), 1, "TAMPERED: data/apps.json: the manifest names it, and"),
        (lambda files: relisted(files, missing=[]), 1, "TAMPERED: manifest.json: it is not the one that was signed"),
        (lambda files: files.pop("manifest.note"), 2, "Cannot check: manifest.note: it is missing"),
        (
            lambda files: files.update({"manifest.note": b"x"}),
            2,
            "Cannot check: manifest.note: it is not a signed note",
        ),
        (lambda files: files.pop("manifest.json"), 2, "Cannot check: it is a ZIP without manifest.json"),
        (lambda files: relisted(files, format="x/9"), 1, "TAMPERED: manifest.json: it is not the one that was signed"),
        (
            lambda files: files.update({"manifest.json": files["manifest.json"] + b" "}),
            1,
            "TAMPERED: manifest.json: it is not the one that was signed",
        ),
        (
            lambda files: (relisted(files, files=[{}]), files.pop("manifest.note")),
            2,
            "Cannot check: manifest.json: it is not the manifest of",
        ),
        (
            lambda files: (relisted(files, format="omegaoffice-access-package/1"), files.pop("manifest.note")),
            2,
            "Cannot check: the package is not signed",
        ),
    ],
)
def test_verify_names_what_was_changed(package, tmp_path, capsys, change, code, sentence):
    found, said = check(rewritten(package(), tmp_path / "RR.zip", change), capsys)
    assert found == code
    assert said.splitlines()[-1].startswith(sentence)


def test_a_checkpoint_is_no_signature_of_a_package(package, tmp_path, capsys):
    def change(files):
        files["manifest.note"] = checkpoints.signed(1, b"\0" * 32)

    code, said = check(rewritten(package(), tmp_path / "RR.zip", change), capsys)
    assert (code, said.splitlines()[-1]) == (2, "Cannot check: manifest.note: it is not about a package")


def test_what_hides_between_or_behind_the_files_is_refused(package, tmp_path, capsys):
    whole = package().fp.getvalue()
    for data in (whole + b"PK", b"PK\x03\x04" + whole, whole[:-2] + b"\1\0x"):
        path = tmp_path / "RR.zip"
        path.write_bytes(data)
        code, said = check(path, capsys)
        assert code == 2
        assert said.splitlines()[-1].startswith("Cannot check: ")
        assert "failed on it" not in said


@pytest.mark.parametrize("mode", [0o120777, 0o020666, 0o040755])
def test_a_file_that_unpacks_to_a_link_or_device_is_refused(package, tmp_path, capsys, mode):
    archive, path = package(), tmp_path / "RR.zip"
    with zipfile.ZipFile(path, "w") as made:
        for name in archive.namelist():
            member = zipfile.ZipInfo(name)
            member.external_attr = (mode if name == "data/apps.json" else 0o100644) << 16
            made.writestr(member, archive.read(name))
    code, said = check(path, capsys)
    assert (code, said.splitlines()[-1]) == (2, "Cannot check: data/apps.json: it is no regular file")


def test_another_key_is_not_enough(package, tmp_path, capsys):
    from audit.merkle.signed_notes import Signer

    path = tmp_path / "RR.zip"
    path.write_bytes(package().fp.getvalue())
    assert verify.main([str(path), "--key", Signer("omegaoffice.example/log", b"\7" * 32).verifier.encode()]) == 2
    assert "is that the right key?" in capsys.readouterr().out
