"""Exports by API: asked for once, watched, moved, fetched in pieces; a machine finds its own alone."""

import hashlib
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.core.cache import cache
from django.db import connections
from django.test import Client
from django.utils import timezone

from accounts.identity.roles import Role
from audit.exports.models import Export, ExportIdempotencyKey
from audit.log.actors import machine
from audit.log.models import Entry
from audit.tokens.models import ReaderToken
from audit.tokens.services import make_reader_token
from core import db
from tests.audit.exports.finished_export import COUNTED, log, work  # noqa: F401
from tests.signin import sign_in

URL = "/api/v1/audit/exports"


@pytest.fixture(autouse=True)
def fresh(log):  # noqa: F811
    cache.clear()


def token(name="siem", scopes=("export",)):
    with db.use_role("staff"):
        return make_reader_token(name, scopes=scopes, days=9, actor=machine("c"), now=timezone.now())[1]


@pytest.fixture
def call(client):
    text = token()

    def do(method, path="", body=None, *, auth=None, key=None, **headers):
        headers["Authorization"] = f"Bearer {auth or text}"
        if method == "post" and not path and key != "":
            headers["Idempotency-Key"] = key or uuid4().hex
        address = path if path.startswith(("http", "/")) else f"{URL}{path and '/' + path}"
        return getattr(client, method)(
            address,
            **({"data": {} if body is None else body, "content_type": "application/json"} if method == "post" else {}),
            headers=headers,
        )

    return do


def problem(answer, status):
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    return answer.json()


def only():
    with db.use_role("auditor"):
        return Export.objects.get()


def test_an_export_is_asked_for_made_and_fetched(call):
    answer = call("post", body={"filter": {"case": "RR-2026-000001"}, "compress": "gzip"})
    assert answer.status_code == 202
    found = answer.json()
    assert answer["Location"] == found["url"]
    assert (found["state"], found["done"], found["archive_url"]) == ("asked", 0, "")
    assert found["filter"] == {"case": "RR-2026-000001"}
    work(UUID(found["id"]))
    done = call("get", found["url"]).json()
    assert (done["state"], done["done"], done["expected"], done["percent"]) == ("finished", 25, 25, 100)
    archive = call("get", done["archive_url"])
    data = b"".join(archive.streaming_content)
    assert archive.status_code == 200
    assert archive["Content-Type"] == "application/gzip"
    assert int(archive["Content-Length"]) == done["archive_size"] == len(data)
    assert hashlib.sha256(data).hexdigest() == done["archive_sha256"]
    assert archive["ETag"] == f'"{done["archive_sha256"]}"'


def test_the_same_key_gives_the_same_export(call):
    first = call("post", body={"filter": {}}, key="k1").json()
    again = call("post", body={"filter": {}}, key="k1")
    assert (again.status_code, again.json()["id"]) == (202, first["id"])
    other = call("post", body={"filter": {"outcome": "ok"}}, key="k1")
    assert "another request" in problem(other, 422)["detail"]
    assert call("post", body={"filter": {"outcome": "ok"}}, key="k2").json()["id"] != first["id"]
    with db.use_role("auditor"):
        assert ExportIdempotencyKey.objects.count() == Export.objects.count() == 2


def test_a_key_in_flight_is_409(call):
    with db.use_role("auditor"):
        caller = machine(f"reader.{ReaderToken.objects.get().pk.hex}")
    other = connections["worker"].copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [f"{caller} k1"])
        assert "being answered" in problem(call("post", key="k1"), 409)["detail"]
    other.close()
    assert call("post", key="k1").status_code == 202


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "ä"])
def test_a_missing_or_broken_key_is_named(call, client, key):
    headers = {"Authorization": f"Bearer {token('t2')}"}
    if key:
        headers["Idempotency-Key"] = key
    found = problem(client.post(URL, {}, content_type="application/json", headers=headers), 400)
    assert [error["field"] for error in found["errors"]] == ["Idempotency-Key"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"filter": {"case": "x"}}, "filter.case"),
        ({"filter": {"after": "yesterday"}}, "filter.after"),
        ({"filter": {"nonsense": "x"}}, "filter.nonsense"),
        ({"filter": {"case": 7}}, "filter.case"),
        ({"filter": {"case": ["RR-2026-000001"]}}, "filter.case"),
        ({"filter": "all"}, "filter"),
        ({"compress": "zip"}, "compress"),
        ({"disclose_staff": True}, "disclose_staff"),
        ({"disclose_subject_case": True, "filter": {"case": "RR-2026-000001"}}, "disclose_subject_case"),
        ({"approver": "me"}, "approver"),
        ([], "body"),
    ],
)
def test_a_field_that_breaks_a_rule_is_named(call, body, field):
    found = problem(call("post", body=body), 400)
    assert field in [error["field"].removesuffix(".non_field_errors") for error in found["errors"]]
    with db.use_role("auditor"):
        assert not Export.objects.exists()


def test_a_body_that_is_no_json_is_400(client):
    headers = {"Authorization": f"Bearer {token('t2')}", "Idempotency-Key": "k"}
    problem(client.post(URL, "{", content_type="application/json", headers=headers), 400)


def test_it_pauses_resumes_and_is_cancelled(call):
    found = call("post").json()["id"]
    assert call("post", f"{found}/pause").json()["state"] == "paused"
    assert "cannot be done" in problem(call("post", f"{found}/pause"), 409)["detail"]
    assert call("post", f"{found}/resume").json()["state"] == "asked"
    assert call("post", f"{found}/cancel").json()["state"] == "cancelled"
    problem(call("post", f"{found}/resume"), 409)
    problem(call("get", f"{found}/archive"), 409)


def test_a_machine_finds_its_own_exports_alone(call, client, make_staff):
    mine = call("post").json()["id"]
    other = token("other")
    problem(call("get", mine, auth=other), 404)
    problem(call("post", f"{mine}/cancel", auth=other), 404)
    problem(call("get", str(uuid4())), 404)
    sign_in(client, make_staff("ari", Role.AUDITOR), mfa=True)
    assert client.get(f"{URL}/{mine}").status_code == 200
    asked = client.post(
        URL, {"disclose_staff": True}, content_type="application/json", headers={"Idempotency-Key": "k"}
    )
    assert asked.status_code == 202
    problem(call("get", asked.json()["id"]), 404)


def test_a_session_changes_nothing_without_its_csrf_token(make_staff):
    browser = sign_in(Client(enforce_csrf_checks=True), make_staff("ari", Role.AUDITOR), mfa=True)
    headers = {"Idempotency-Key": "k"}
    assert "CSRF" in problem(browser.post(URL, {}, content_type="application/json", headers=headers), 403)["detail"]


def test_a_token_without_the_scope_is_403(call):
    assert "scope export" in problem(call("post", auth=token("t2", ["entries"])), 403)["detail"]


@pytest.fixture
def made(call):
    found = call("post").json()["id"]
    work(UUID(found))
    return f"{found}/archive"


def test_a_download_goes_on_where_it_stopped(call, made):
    whole = call("get", made)
    data, tag = b"".join(whole.streaming_content), whole["ETag"]
    half = call("get", made, Range=f"bytes={len(data) // 2}-", **{"If-Range": tag})
    assert half.status_code == 206
    assert b"".join(half.streaming_content) == data[len(data) // 2 :]
    assert half["Content-Range"] == f"bytes {len(data) // 2}-{len(data) - 1}/{len(data)}"
    assert b"".join(call("get", made, Range="bytes=-7").streaming_content) == data[-7:]
    stale = call("get", made, Range="bytes=5-", **{"If-Range": '"old"'})
    assert (stale.status_code, b"".join(stale.streaming_content)) == (200, data)
    outside = call("get", made, Range=f"bytes={len(data)}-")
    assert (outside.status_code, outside["Content-Range"]) == (416, f"bytes */{len(data)}")
    assert call("get", made, **{"If-None-Match": tag}).status_code == 304
    with db.use_role("auditor"):
        count = Entry.objects.filter(event="audit.export.downloaded").count()
    assert count == only().downloads == 2  # the whole of it twice; ranges go on with a download


def test_head_says_how_long_it_is_and_logs_nothing(call, made):
    answer = call("head", made)
    export = only()
    assert (answer.status_code, answer["Content-Length"], answer.content) == (200, str(export.archive_size), b"")
    assert answer["Accept-Ranges"] == "bytes"
    assert export.downloads == 0


def test_an_archive_that_has_had_its_time_is_410(call, made):
    with db.use_role("staff"):
        Export.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert "has expired" in problem(call("get", made), 410)["detail"]
    with db.use_role("staff"):
        Export.objects.update(state="expired")
    problem(call("get", made), 410)


def test_a_file_that_is_gone_or_changed_is_503_and_no_traceback(call, made, settings):
    folder = Path(settings.STORAGES["default"]["OPTIONS"]["location"])
    files = [path for path in folder.rglob("*") if path.is_file()]
    for path in files:
        path.write_bytes(b"not an archive")
    problem(call("get", made), 503)
    for path in files:
        path.unlink()
    problem(call("get", made), 503)
