"""What is in a bundle: the evidence to the byte, the range, views, disclosures by right; and that it verifies."""

import base64
import json
import tarfile
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connections

from audit.errors import ExportStateError
from audit.exports import csv_format, ocsf
from audit.exports.bundle import archive, frames
from audit.exports.download import open_archive
from audit.exports.sweep import expire_exports
from audit.log import canonical_json, disclosures
from audit.log.actors import Actor, machine
from audit.log.append import append
from audit.log.models import Entry
from audit.search.filters import Filter
from audit.tree.models import Leaf
from core import db
from core.http_range import ByteRange
from tests.audit.exports.bundles import (
    AUDITOR,
    CASE,
    COUNTED,
    NAMED,
    OTHER_CASE,
    add,
    ask,
    evidence,
    export_files,
    fetch,
    fresh,
    grow,
    logged,
    prepare,
    run,
    segments_of,
    unpack,
    verify_files,
)
from tests.s3 import s3_server
from vault.services import destroy_key, encrypt, forget_cached_keys

ORDER = [
    "entries.jsonl",
    "hashes",
    "range-proof",
    "views/entries.csv",
    "views/ocsf.jsonl",
    "checkpoint",
    "previous-checkpoint",
    "consistency",
    "verify.py",
    "README.txt",
    "MANIFEST.json",
    "MANIFEST.note",
]
OMAR = Actor("staff", "0" * 31 + "1")
LAYLA, SARA = "0" * 31 + "2", "0" * 31 + "3"


@pytest.fixture(autouse=True)
def _own_checkpoint_dir(settings, tmp_path, monkeypatch):
    prepare(settings, tmp_path, monkeypatch)


def names_in(line):
    return sorted(disclosures.parse(text)[1] for text in line["disclosures"])


@pytest.mark.parametrize("compress", ["gzip", "zstd"])
def test_a_bundle_verifies_and_holds_what_the_format_says(office, now, tmp_path, compress):
    add(300, now)
    add(345, now)
    export, files = export_files(now, compress=compress)
    assert list(files) == ORDER
    code, output = verify_files(files, tmp_path / "bundle")
    assert code == 0, output

    rows = evidence(files)
    assert [row["index"] for row in rows] == list(range(645))
    assert files["entries.jsonl"] == b"".join(canonical_json.encode(row) + b"\n" for row in rows)
    with db.use_role("auditor"):
        stored = {bytes(leaf) for leaf in Entry.objects.values_list("leaf", flat=True)}
        hashes = dict(Leaf.objects.values_list("index", "hash"))
    assert {base64.b64decode(row["leaf"]) for row in rows} < stored  # later: the entry about the export itself
    assert files["hashes"] == b"".join(bytes(hashes[index]) for index in range(645))
    parsed = [json.loads(base64.b64decode(row["leaf"])) for row in rows]
    assert files["views/entries.csv"] == csv_format.HEADER + b"".join(map(csv_format.row, range(645), parsed))
    assert files["views/ocsf.jsonl"] == b"".join(map(ocsf.row, range(645), parsed))

    manifest = json.loads(files["MANIFEST.json"])
    assert (manifest["entries"], manifest["filter"], manifest["previous"]["size"]) == (645, {}, 300)
    (finished,) = logged("audit.export.finished")
    payload = json.loads(bytes(finished.leaf))["payload"]
    assert (payload["manifest"], payload["entries"]) == (export.manifest_sha256, 645)
    assert (export.done, export.expected, export.percent) == (645, 645, 100)
    assert [entry.actor for entry in logged("audit.export.downloaded")] == [str(AUDITOR)]


def test_what_is_added_after_the_first_run_does_not_matter(office, now, tmp_path):
    add(40, now)
    export = ask(now)
    add(40, now)
    # The checkpoint is pinned when it first runs, not when it was asked for.
    assert run(export, now, report=lambda _export: add(20, now))
    _, files = fresh(export), unpack(fetch(export, now))
    assert len(evidence(files)) == 81
    assert verify_files(files, tmp_path / "bundle")[0] == 0


@pytest.mark.parametrize("segment", [7, 50_000])
@pytest.mark.parametrize(
    "given",
    [
        {"case": OTHER_CASE},
        {"event": "audit.test.counted"},
        {"outcome": "refused"},
        {"actor": "machine:t", "after": "2026-11-23T09:31:00Z"},
        {"after": "2026-11-23T09:30:30Z"},
        {"before": "2026-11-23T09:30:00.000001Z", "outcome": "ok"},
        {"after": "2026-11-24"},
        {"subject": "f" * 32},
    ],
)
def test_a_filter_gives_what_fits_and_nothing_else(office, now, tmp_path, monkeypatch, given, segment):
    add(150, now, tree=False)
    add(3, now + timedelta(minutes=2), case=OTHER_CASE)
    add(30, now + timedelta(minutes=1))
    with db.use_role("worker"), db.atomic():
        append(
            COUNTED, actor=machine("u"), subject=None, now=now, outcome="refused", payload={"number": 1, "case": None}
        )
    grow(now)
    wanted = Filter.parse(given)
    condition, parameters = wanted.where()
    with db.use_role("auditor"), db.connection().cursor() as cursor:
        cursor.execute(
            f"SELECT l.index FROM audit_entry e JOIN audit_leaf l ON l.entry = e.id WHERE {condition} ORDER BY 1",
            parameters,
        )
        fitting = [index for (index,) in cursor.fetchall()]
    with segments_of(segment, monkeypatch):
        export, files = export_files(now, wanted)
    assert [row["index"] for row in evidence(files)] == fitting
    manifest = json.loads(files["MANIFEST.json"])
    whole = (fitting[0], fitting[-1] + 1) if fitting else (0, 0)
    assert (manifest["range"]["first"], manifest["range"]["end"]) == whole
    assert manifest["filter"] == wanted.as_text()
    assert export.done == len(fitting)
    code, output = verify_files(files, tmp_path / "bundle")
    assert code == 0, output


def test_times_are_exact_to_the_microsecond(office, now):
    for step in range(5):
        add(1, now + timedelta(microseconds=step), tree=False)
    grow(now)
    wanted = Filter(after=now + timedelta(microseconds=1), before=now + timedelta(microseconds=3))
    _, files = export_files(now, wanted)
    assert [json.loads(base64.b64decode(row["leaf"]))["time"][-9:-1] for row in evidence(files)] == [
        "0.000001"[-8:],
        "0.000002"[-8:],
    ]


def named(now, *, actor=OMAR, subject=LAYLA, case=CASE, **personal):
    with db.use_role("staff"), db.atomic():
        append(NAMED, actor=actor, subject=subject, now=now, payload={"case": case}, personal=personal)


@pytest.fixture
def people(office, now):
    """Entries about two people in two cases, by a member of staff and by one of the people."""
    named(now, staff_name="Omar", name="Layla", both="seen")
    named(now, staff_name="Omar", name="Sara", subject=SARA, case=OTHER_CASE)
    named(now, actor=Actor("user", LAYLA), staff_name="not staff", name="Layla again")
    named(now, actor=OMAR, subject=OMAR.reference, name="about a member of staff")
    add(3, now)


def test_nothing_is_disclosed_that_was_not_asked_for(people, now, tmp_path):
    export, files = export_files(now)
    assert {tuple(row["disclosures"]) for row in evidence(files)} == {()}
    assert (export.disclosures, logged("audit.disclosures.opened")) == (0, [])
    assert verify_files(files, tmp_path / "bundle")[0] == 0


def test_staff_names_come_after_an_entry_for_each_member_of_staff(people, now, tmp_path):
    export, files = export_files(now, disclose_staff=True)
    assert [names_in(row) for row in evidence(files)] == [
        ["both", "staff_name"],
        ["staff_name"],
        [],
        [],  # a member of staff as subject of their own act: what is about them needs its case
        [],
        [],
        [],
    ]
    assert export.disclosures == json.loads(files["MANIFEST.json"])["disclosures"] == 3
    (opened,) = logged("audit.disclosures.opened")
    assert (opened.actor, opened.subject) == (str(AUDITOR), OMAR.reference)
    assert verify_files(files, tmp_path / "bundle")[0] == 0


def test_a_subjects_details_come_for_the_one_case_and_are_logged_about_them(people, now, tmp_path):
    _, files = export_files(now, Filter(case=CASE), disclose_subject_case=True)
    found = [names_in(row) for row in evidence(files)]
    assert found == [["both", "name"], ["name", "staff_name"], ["name"], [], [], []]
    opened = logged("audit.disclosures.opened")
    assert {(entry.subject, entry.case_ref) for entry in opened} == {(LAYLA, CASE), (OMAR.reference, CASE)}
    assert verify_files(files, tmp_path / "bundle")[0] == 0


def test_who_was_erased_is_silently_without_disclosures(people, now, tmp_path):
    destroy_key(LAYLA, now=now)
    forget_cached_keys()
    export, files = export_files(now, Filter(case=CASE), disclose_subject_case=True, disclose_staff=True)
    assert [names_in(row) for row in evidence(files)] == [["both", "staff_name"], [], ["name"], [], [], []]
    assert json.loads(files["MANIFEST.json"])["disclosures"] == export.disclosures == 3
    assert verify_files(files, tmp_path / "bundle")[0] == 0


@pytest.mark.tampering
@pytest.mark.parametrize(
    ("statement", "missing"),
    [
        (f"DELETE FROM audit_disclosure WHERE holder = '{LAYLA}'", 2),
        (f"UPDATE audit_disclosure SET sealed = substr(sealed, 1, 5) WHERE holder = '{LAYLA}'", 2),
        ("UPDATE audit_disclosure SET sealed = set_byte(sealed, 30, get_byte(sealed, 30) # 1)", 4),
        ("DELETE FROM audit_disclosure", 4),
    ],
)
def test_an_export_goes_on_past_disclosures_that_are_gone_or_do_not_open_and_counts_them(
    people, now, tmp_path, statement, missing
):
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE audit_disclosure DISABLE TRIGGER USER")
        cursor.execute(statement)
    export, files = export_files(now, Filter(case=CASE), disclose_subject_case=True, disclose_staff=True)
    assert json.loads(files["MANIFEST.json"])["disclosures_missing"] == export.disclosures_missing == missing
    code, output = verify_files(files, tmp_path / "bundle")
    assert code == 0
    assert f"missing or not opening when the bundle was made: {missing}" in output


def test_a_disclosure_that_the_leaf_does_not_promise_is_counted_and_left_out(people, now, tmp_path):
    made, _ = disclosures.make("name", "Mallory")
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT entry FROM audit_disclosure WHERE holder = %s ORDER BY entry LIMIT 1", [LAYLA])
        (entry,) = cursor.fetchone()
        cursor.execute("ALTER TABLE audit_disclosure DISABLE TRIGGER USER")
        sealed = encrypt(LAYLA, f"audit_disclosure.sealed:{entry}", json.dumps([made]).encode())
        cursor.execute(
            "UPDATE audit_disclosure SET sealed = %s WHERE entry = %s AND holder = %s", [sealed, entry, LAYLA]
        )
    export, files = export_files(now, Filter(case=CASE), disclose_subject_case=True)
    assert export.disclosures_missing == 1
    assert made.encode() not in files["entries.jsonl"]
    assert verify_files(files, tmp_path / "bundle")[0] == 0


def test_with_and_without_disclosing_the_evidence_has_the_same_bytes(office, now, monkeypatch):
    add(300, now)
    wanted = Filter(case=CASE)
    _, plain = export_files(now, wanted)
    monkeypatch.setattr("audit.exports.segments._PAGE", 97)
    _, paged = export_files(now, wanted, disclose_staff=True)
    for name in ("entries.jsonl", "views/entries.csv", "views/ocsf.jsonl"):
        assert plain[name] == paged[name]


def test_the_next_bundle_proves_growth_from_the_last_one(office, now, tmp_path):
    add(10, now)
    export_files(now)
    for _ in range(3):
        add(5, now)
    _, files = export_files(now)
    manifest = json.loads(files["MANIFEST.json"])
    assert manifest["previous"]["size"] == 10
    assert verify_files(files, tmp_path / "bundle")[0] == 0


def test_the_first_bundle_of_a_log_has_no_earlier_checkpoint(office, now, tmp_path):
    add(1, now)
    _, files = export_files(now)
    assert list(files) == [name for name in ORDER if name not in {"previous-checkpoint", "consistency"}]
    assert verify_files(files, tmp_path / "bundle")[0] == 0


def test_an_archive_gives_any_range_and_lies_encrypted(office, now, tmp_path):
    add(200, now)
    export, _ = export_files(now, compress="zstd")
    whole = fetch(export, now)
    (stored,) = [path for path in (tmp_path / "files").rglob("*") if path.is_file()]
    assert stored.read_bytes()[:4] == b"OFS1"
    with db.use_role("staff"):
        wanted = ByteRange(100, 200, len(whole), partial=False)
        with open_archive(export, actor=AUDITOR, now=now, wanted=wanted) as reader:
            assert b"".join(reader.read_range(100, 200)) == whole[100:200]
            assert reader.size == len(whole)
    last = json.loads(bytes(logged("audit.export.downloaded")[-1].leaf))["payload"]
    assert (last["first"], last["last"]) == (100, 199)
    assert fresh(export).downloads == 3


def test_an_expired_archive_is_removed_and_an_entry_records_it(office, now, tmp_path):
    add(5, now)
    export, _ = export_files(now)
    later = fresh(export).expires_at
    with db.use_role("worker"):
        assert expire_exports(now=later - timedelta(seconds=1)) == 0
        assert expire_exports(now=later) == 1
        assert expire_exports(now=later) == 0
    assert fresh(export).state == "expired"
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []
    with db.use_role("staff"), pytest.raises(ExportStateError, match="cannot be downloaded"):
        open_archive(export, actor=AUDITOR, now=now)
    assert len(logged("audit.export.expired")) == 1


@pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")
def test_in_a_bucket_as_in_a_folder(office, now, tmp_path, settings, monkeypatch):
    with s3_server("bundles") as (client, options):
        backend = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
        settings.STORAGES = {**settings.STORAGES, "default": backend}
        add(100, now)
        with segments_of(30, monkeypatch):
            _, files = export_files(now)
        assert verify_files(files, tmp_path / "bundle")[0] == 0
        assert len(client.list_objects_v2(Bucket="bundles")["Contents"]) == 1  # segments are gone


@pytest.mark.parametrize("compress", ["gzip", "zstd"])
def test_pieces_open_in_bounded_bites_and_say_when_they_are_cut(compress):
    plain = b"x" * 3_000_000 + bytes(range(256)) * 999
    packed = frames.pack(compress, plain)
    bites = [packed[start : start + 1000] for start in range(0, len(packed), 1000)]
    assert b"".join(frames.unpack(compress, bites)) == plain
    for broken in (bites[:-1], [packed[:-1]], [], [b"nonsense" * 9], [packed[:50] + b"\xff" * 20 + packed[70:]]):
        with pytest.raises(ValueError):
            list(frames.unpack(compress, broken))


def test_lines_are_canonical_and_disclosures_sorted_each_once():
    line = archive.evidence(7, b"x" * 100, ["b", "a", "b"])
    assert line == canonical_json.encode(json.loads(line)) + b"\n"
    assert json.loads(line)["disclosures"] == ["a", "b"]


def test_a_header_of_nine_gigabytes_is_one_that_tar_reads():
    made = archive.header(UUID(int=1), "entries.jsonl", 9 << 30, datetime(2026, 11, 23, tzinfo=UTC))
    assert tarfile.TarInfo.frombuf(made, "utf-8", "strict").size == 9 << 30
    assert len(made) == tarfile.BLOCKSIZE
