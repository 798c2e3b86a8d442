"""The platform's API: tokens, limits, answers; every refusal a problem document with a sentence."""

import io
import uuid
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.workloads import api
from accounts.workloads.models import ServiceToken
from accounts.workloads.services import make_token, revoke_token
from audit.log.actors import machine
from audit.log.models import Entry
from core import db
from tests.signin import sign_in
from tests.stream_lines import FIELDS, body, line

ACTOR = machine("console")
NDJSON = "application/x-ndjson"


@pytest.fixture
def token(office):
    with db.use_role("staff"):
        return make_token("platform", actor=ACTOR, now=timezone.now())[1]


@pytest.fixture
def post(client, token):
    def post(data, stream="auto", *, kind=NDJSON, auth=None, **headers):
        headers["Authorization"] = f"Bearer {token}" if auth is None else auth
        return client.post(f"/api/v1/ingest/{stream}", data, content_type=kind, headers=headers)

    return post


def problem(answer, status):
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    found = answer.json()
    assert found["status"] == status
    return found


def test_a_body_of_every_stream_is_kept_and_reported(post, user):
    lines = [line(stream, user.id) for stream in FIELDS]
    answer = post(body(*lines, line("usage", user.id, quantity=-1)))
    assert answer.status_code == 200
    found = answer.json()
    assert (found["lines"], found["kept"], found["known"], found["set_aside"]) == (10, 9, 0, 1)
    assert found["first_set_aside"] == [{"line": 10, "field": "quantity", "rule": "must be a number from 0 to 1e+15"}]
    assert post(body(*lines)).json()["known"] == 9


def test_the_path_may_demand_one_stream(post, user):
    answer = post(body(line("logs", user.id), line("usage", user.id)), "logs")
    assert answer.json()["first_set_aside"] == [{"line": 2, "field": "stream", "rule": "must be logs here"}]


def test_a_body_of_broken_lines_only_is_refused_line_by_line(post, user):
    found = problem(post(body(b"nonsense", line("logs", user.id, level="loud"))), 422)
    assert [(error["field"], error["detail"]) for error in found["errors"]] == [
        ("lines.1", "is not JSON in UTF-8"),
        ("lines.2.level", "must be one of debug, info, warning, error, critical"),
    ]


@pytest.mark.parametrize(
    ("auth", "sentence"),
    [
        ("", "Send a service token"),
        ("Basic abc", "Send a service token"),
        ("Bearer", "Send a service token"),
        ("Bearer omega_svc_wrong", "not known"),
        ("Bearer \xe9\xff", "not known"),
    ],
)
def test_a_missing_or_wrong_token_is_401_with_a_sentence(post, user, auth, sentence):
    answer = post(body(line("logs", user.id)), auth=auth)
    assert sentence in problem(answer, 401)["detail"]
    assert answer["WWW-Authenticate"] == 'Bearer realm="platform"'


def test_an_expired_token_is_401(client, user):
    with db.use_role("staff"):
        text = make_token("old", days=1, actor=ACTOR, now=timezone.now() - timedelta(days=2))[1]
    answer = client.post(
        "/api/v1/ingest/auto",
        body(line("logs", user.id)),
        content_type=NDJSON,
        headers={"Authorization": f"Bearer {text}"},
    )
    assert "expired" in problem(answer, 401)["detail"]


def test_a_revoked_token_is_401_at_the_next_request(post, user):
    assert post(body(line("logs", user.id))).status_code == 200
    with db.use_role("staff"):
        revoke_token("platform", actor=ACTOR, now=timezone.now())
    assert "revoked" in problem(post(body(line("logs", user.id))), 401)["detail"]


def test_a_token_without_the_scope_is_403(post, user):
    with db.use_role("staff"):
        ServiceToken.objects.update(scopes=["other"])
    assert "scope ingest" in problem(post(body(line("logs", user.id))), 403)["detail"]


def test_only_the_hash_of_a_token_is_kept_and_its_use_is_noted(post, token, user):
    post(body(line("logs", user.id)))
    with db.use_role("staff"):
        row = ServiceToken.objects.get()
    assert token not in repr(row.__dict__)
    assert token.encode() not in bytes(row.hash)
    assert row.used_at is not None


def test_the_ingest_role_cannot_make_or_lengthen_a_token(token):
    from django.db import DatabaseError

    with db.use_role("ingest"), pytest.raises(DatabaseError, match="permission denied"):
        ServiceToken.objects.update(expires_at=timezone.now() + timedelta(days=999))


@pytest.mark.parametrize(
    ("options", "status", "sentence"),
    [
        ({"stream": "weather"}, 404, "There is no such stream"),
        ({"kind": "application/json"}, 415, "Unsupported media type"),
        ({"Content-Encoding": "gzip"}, 415, "unpacked"),
    ],
)
def test_a_request_of_another_shape_is_refused(post, user, options, status, sentence):
    assert sentence in problem(post(body(line("logs", user.id)), **options), status)["detail"]


def raw_post(client, token, data, length):
    """Post `data` under a Content-Length of our choice, which Django's client would correct."""
    environ = {"wsgi.input": io.BytesIO(data), "CONTENT_TYPE": NDJSON, "CONTENT_LENGTH": length}
    return client.generic("POST", "/api/v1/ingest/auto", headers={"Authorization": f"Bearer {token}"}, **environ)


@pytest.mark.parametrize(("length", "status", "sentence"), [("0", 400, "empty"), ("", 411, "Content-Length")])
def test_an_empty_body_or_one_without_length_is_refused(client, token, length, status, sentence):
    assert sentence in problem(raw_post(client, token, b"", length), status)["detail"]


def test_a_body_above_the_limit_is_refused_unread(post, user, monkeypatch):
    monkeypatch.setattr(api, "MOST_BODY", 10)
    problem(post(body(line("logs", user.id))), 413)


def test_a_body_that_ends_early_is_refused_with_a_sentence(client, token, user):
    text = body(line("logs", user.id))
    answer = raw_post(client, token, text, str(len(text) + 50))
    assert "ended before" in problem(answer, 400)["detail"]


def test_other_methods_are_refused(client, token):
    answer = client.get("/api/v1/ingest/auto", headers={"Authorization": f"Bearer {token}"})
    problem(answer, 405)


def test_too_many_requests_are_told_when_to_come_back(post, user, monkeypatch):
    monkeypatch.setattr(api.IngestThrottle, "rate", "2/min")
    assert [post(body(line("logs", user.id))).status_code for _ in range(3)] == [200, 200, 429]
    answer = post(body(line("logs", user.id)))
    problem(answer, 429)
    assert 0 < int(answer["Retry-After"]) <= 60


def test_a_signed_in_person_is_not_the_platform(client, user, make_staff):
    sign_in(client, user)
    problem(client.post("/api/v1/ingest/auto", body(line("logs", user.id)), content_type=NDJSON), 401)


def test_a_token_is_made_shown_once_logged_and_revoked_by_command(office, capsys):
    call_command("service_token", "platform", "--days", "30")
    text = capsys.readouterr().out.strip()
    assert text.startswith("omega_svc_")
    with pytest.raises(CommandError, match="of that name"):
        call_command("service_token", "platform")
    call_command("service_token", "platform", "--revoke")
    with pytest.raises(CommandError, match="no active"):
        call_command("service_token", "platform", "--revoke")
    with db.use_role("auditor"):
        leaves = [bytes(leaf) for leaf in Entry.objects.order_by("id").values_list("leaf", flat=True)]
    assert len(leaves) == 2
    assert not any(text.encode() in leaf for leaf in leaves)


def test_the_description_of_the_api_is_complete(office, client, tmp_path):
    call_command("spectacular", "--fail-on-warn", "--validate", "--file", str(tmp_path / "openapi.yaml"))
    text = (tmp_path / "openapi.yaml").read_text()
    assert "/api/v1/ingest/{stream}" in text
    assert client.get("/api/v1/schema").status_code == 200


def test_an_unknown_address_of_the_api_is_not_found_with_a_session_too(client, user):
    sign_in(client, user)
    assert client.get(f"/api/v1/ingest/x/{uuid.uuid4()}").status_code == 404
