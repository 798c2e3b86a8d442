"""The package: what is in it, that it matches its manifest, that it is encrypted at rest."""

import json
import re
from base64 import b64encode
from datetime import timedelta
from hashlib import sha256
from html import escape

import pytest

from accounts.personaldata import categories
from core import db
from core.http_range import ByteRange
from rights import services
from rights.errors import PackageGoneError
from rights.models import Package, Step
from rights.states import ExclusionReason, StepStatus
from tests.platform_rows import put_row

WHOLE = ByteRange(0, 2, 2, partial=False)


@pytest.fixture
def delivered(file_request, user, officer, start, work, now):
    request = start(file_request(user))
    work(request)
    with db.use_role("staff"):
        return services.approve_delivery(request.reference, actor=officer, now=now)


def test_every_file_is_what_the_manifest_says(delivered, opened):
    archive = opened(delivered)
    manifest = json.loads(archive.read("manifest.json"))

    assert manifest["request"] == delivered.reference
    assert {entry["name"] for entry in manifest["files"]} == set(archive.namelist()) - {
        "manifest.json",
        "manifest.note",
    }
    for entry in manifest["files"]:
        data = archive.read(entry["name"])
        assert (len(data), sha256(data).hexdigest()) == (entry["bytes"], entry["sha256"])


def test_each_data_category_is_there_with_its_records_and_facts(delivered, opened):
    archive = opened(delivered)
    manifest = {entry["name"]: entry for entry in json.loads(archive.read("manifest.json"))["files"]}
    for category in categories.data_categories():
        records = json.loads(archive.read(f"data/{category.name}.json"))
        assert len(records) == manifest[f"data/{category.name}.json"]["records"]
        facts = json.loads(archive.read(f"data/{category.name}.facts.json"))
        assert all(facts[name] for name in ("purposes", "legal_basis", "retention", "source"))
        assert facts["recipients"][:3] == ["Amazon Web Services", "Google Cloud", "Microsoft Azure"]
        for record in records:
            assert set(record) <= set(category.fields)


def test_the_log_entries_about_the_user_are_in_it_and_readable(delivered, opened):
    entries = json.loads(opened(delivered).read("data/audit.entries.json"))
    received = next(entry for entry in entries if entry["event"] == "rights.request.received")

    assert received["sentence"] == f"Request {delivered.reference} was received: access"
    assert received["by"] == "user"
    finished = [entry for entry in entries if entry["event"] == "rights.step.finished"]
    assert all(re.fullmatch("[0-9a-f]{64}", entry["personal"]["sha256"]) for entry in finished)


@pytest.mark.parametrize(
    ("name", "opening", "title"),
    [
        ("index.html", '<html lang="en" dir="ltr">', "The data that OmegaCloud holds about you"),
        ("index.ar.html", '<html lang="ar" dir="rtl">', "البيانات التي تحتفظ بها"),
    ],
)
def test_a_page_for_each_language_opens_offline(delivered, opened, name, opening, title):
    archive = opened(delivered)
    page = archive.read(name).decode()

    assert opening in page
    assert title in page
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)
    assert delivered.reference in page
    for category in categories.data_categories():
        assert escape(str(category.title)) in page or name != "index.html"
    linked = set(re.findall(r'href="(data/[^"]+)"', page))
    assert linked
    assert linked <= set(archive.namelist())


def test_no_script_runs_but_the_pages_own(delivered, opened):
    page = opened(delivered).read("index.html").decode()

    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digest = b64encode(sha256(script.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'\"" in page


def test_markup_in_a_record_stays_text(file_request, user, officer, start, work, now, monkeypatch, opened):
    real = categories.data_categories()[0]
    record = {"text": "<script>alert(1)</script>", "more": {"a": [1, None]}}
    fields = {**real.__dict__, "name": "test.odd", "count": lambda _r: 1, "export": lambda _r, _e: iter([record])}
    monkeypatch.setitem(
        categories._categories, "test.odd", categories.DataCategory(**{**fields, "fields": {"text": "T", "more": "M"}})
    )
    request = start(file_request(user))
    work(request)
    with db.use_role("staff"):
        services.approve_delivery(request.reference, actor=officer, now=now)

    page = opened(request).read("index.html").decode()
    assert "&lt;script&gt;" in page
    assert page.count("<script") == 1
    assert json.loads(opened(request).read("data/test.odd.json")) == [record]


def test_an_excluded_data_category_is_named_with_its_reason(file_request, user, officer, start, work, now, opened):
    request = start(file_request(user))
    with db.use_role("staff"):
        Step.objects.filter(holding="rights.requests").update(status=StepStatus.NEEDS_ATTENTION)
        step = Step.objects.get(holding="rights.requests")
        services.exclude_step(
            request.reference, step.pk, actor=officer, reason=ExclusionReason.TECHNICAL_FAULT, now=now
        )
    work(request)
    with db.use_role("staff"):
        services.approve_delivery(request.reference, actor=officer, now=now)

    archive = opened(request)
    missing = json.loads(archive.read("manifest.json"))["missing"]
    assert [(gap["holding"], gap["reason"]) for gap in missing] == [("rights.requests", "technical_fault")]
    assert "data/rights.requests.json" not in archive.namelist()
    assert "a technical fault stood in the way" in archive.read("index.html").decode()


def test_nothing_is_readable_at_rest(delivered, user, files):
    for path in files.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert data[:4] == b"OFS1"
            assert delivered.reference.encode() not in data
            assert b"rights.request" not in data


def test_a_part_that_was_changed_never_becomes_a_package(
    file_request, user, start, work, now, files, monkeypatch, fetch
):
    request = start(file_request(user))
    with db.use_role("worker"):
        ids = list(Step.objects.filter(request=request).order_by("position").values_list("pk", flat=True))
        for step_id in ids[:-1]:
            services.run_step(step_id, clock=lambda: now)
        part = next(path for path in files.rglob("*") if path.is_file())
        part.write_bytes(part.read_bytes()[:-1] + b"\x00")
        services.run_step(ids[-1], clock=lambda: now)
        assert Step.objects.get(pk=ids[-1]).last_error == "DecryptionError"
        assert not Package.objects.exists()


def test_the_package_says_when_it_was_put_together(file_request, user, officer, start, work, now, opened):
    request = start(file_request(user))
    later = now + timedelta(days=3)
    work(request, at=later)
    with db.use_role("staff"):
        services.approve_delivery(request.reference, actor=officer, now=later)
        assert Package.objects.get().made_at == later

    archive = opened(request)
    assert json.loads(archive.read("manifest.json"))["made_at"].startswith("2026-11-26T09:30")
    assert "<dt>Put together</dt><dd><bdi>2026-11-26 09:30 UTC" in archive.read("index.html").decode()


def test_each_download_is_counted_and_logged(delivered, opened, user, now, logged):
    opened(delivered)
    opened(delivered)

    with db.row_security_for(user.reference):
        assert Package.objects.get().downloads == 2
    assert logged(delivered.reference).count("rights.package.downloaded") == 2


def test_an_expired_package_and_one_not_approved_are_not_handed_out(
    delivered, user, make_user, file_request, start, work, now
):
    with db.use_role("default"):
        with pytest.raises(PackageGoneError, match="expired"):
            services.record_download(user, delivered.reference, wanted=WHOLE, now=now + timedelta(days=14))
        with pytest.raises(Package.DoesNotExist):
            services.record_download(make_user("noor"), delivered.reference, wanted=WHOLE, now=now)
    waiting = start(file_request(make_user("sara")))
    work(waiting)
    with db.use_role("default"), pytest.raises(PackageGoneError):
        services.record_download(waiting.user, waiting.reference, wanted=WHOLE, now=now)


def test_the_restricted_streams_reach_their_owner_and_no_other_persons_row_does(
    file_request, user, make_user, officer, start, work, now, opened
):
    other = make_user("noor")
    put_row("workloads_logline", user.reference, now, sealed={"text": "canary: the owner's own line"})
    put_row("connections_automation", user.reference, now)
    put_row("workloads_logline", other.reference, now, sealed={"text": "canary: somebody else's line"})
    request = start(file_request(user))
    work(request)
    with db.use_role("staff"):
        services.approve_delivery(request.reference, actor=officer, now=now)

    archive = opened(request)
    lines = json.loads(archive.read("data/logs.json"))
    assert [line["text"] for line in lines] == ["canary: the owner's own line"]
    assert json.loads(archive.read("data/automations.json"))[0]["name"] == "Invoices to sheet"
    assert b"somebody else" not in b"".join(archive.read(name) for name in archive.namelist())
