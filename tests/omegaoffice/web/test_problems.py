"""What cannot be read is refused before any view meets it; machines are told in a problem document."""

import io
import json
import sys

import pytest
from django.test import Client
from rest_framework.exceptions import ParseError

from accounts.identity.roles import Role
from accounts.workloads.services import make_token
from audit.log.actors import machine
from core import db
from omegaoffice.web.strict_json import StrictJSONParser
from tests.signin import sign_in
from tests.stream_lines import body, line

PROBLEM = "application/problem+json"


@pytest.fixture
def anybody(office):
    return Client(raise_request_exception=False)


@pytest.fixture
def service(office, now):
    with db.use_role("staff"):
        return {"Authorization": f"Bearer {make_token('platform', actor=machine('console'), now=now)[1]}"}


@pytest.mark.parametrize("address", ["/?q=%00", "/accounts/login/?next=a%00b", "/log/%00", "/policy/?%00=1"])
def test_a_character_that_is_no_text_is_refused_in_path_and_query(anybody, address):
    answer = anybody.get(address)
    assert answer.status_code == 400
    assert answer.headers["Content-Type"].startswith("text/html")
    answer = anybody.get(address.replace("/", "/api/v1/", 1))
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, PROBLEM)


def test_and_in_a_form(anybody):
    for fields in ({"login": "a\0b"}, {"log\0in": "a"}, {"login": "9" * 5000}):
        assert anybody.post("/accounts/login/", fields).status_code == 400
    assert anybody.post("/accounts/login/", {"login": "a"}).status_code == 200


@pytest.mark.parametrize(
    ("address", "status"), [("/api/nothing", 404), ("/api/v1/nowhere", 404), ("/api/v1/audit/exports/0/pause", 404)]
)
def test_an_address_of_the_api_that_is_none_answers_a_document(anybody, address, status):
    answer = anybody.get(address)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, PROBLEM)
    assert json.loads(answer.content)["status"] == status


def test_a_fault_that_nobody_foresaw_is_a_document_and_tells_nothing(anybody, service, user, monkeypatch):
    def fail(*_args, **_kwargs):
        raise RuntimeError("canary-inside")

    monkeypatch.setattr(sys.modules["accounts.workloads.api"], "ingest_stream", fail)
    answer = anybody.post(
        "/api/v1/ingest/logs", body(line("logs", user.id)), content_type="application/x-ndjson", headers=service
    )
    assert (answer.status_code, answer.headers["Content-Type"]) == (500, PROBLEM)
    assert b"canary" not in answer.content


def test_lengths_that_are_no_numbers_are_refused(anybody, service):
    for length, status in (("²", 411), ("9" * 5000, 413), ("-1", 411)):
        answer = anybody.generic(
            "POST", "/api/v1/ingest/logs", b"{}", "application/x-ndjson", headers=service, CONTENT_LENGTH=length
        )
        assert (answer.status_code, answer.headers["Content-Type"]) == (status, PROBLEM)


@pytest.mark.parametrize(
    "raw",
    [b'{"a": "\\u0000"}', b'{"\\u0000": 1}', b'{"a": "\\\\\\u0000"}', b'{"a": "\\ud800"}', b"[" * 9999, b"{", b"NaN"],
)
def test_json_that_cannot_be_kept_is_refused(raw):
    with pytest.raises(ParseError):
        StrictJSONParser().parse(io.BytesIO(raw))


def test_json_that_only_looks_so_is_read():
    assert StrictJSONParser().parse(io.BytesIO(b'{"a": "\\\\u0000"}')) == {"a": "\\u0000"}


@pytest.mark.parametrize("lookup", ["field__regex=(", "digest__startswith=a", "ingest__gte=0", "nothing=1"])
def test_a_list_looks_up_what_it_declares_and_nothing_else(make_staff, lookup):
    client = sign_in(Client(raise_request_exception=False), make_staff("ada", Role.ADMINISTRATOR), mfa=True)
    assert client.get(f"/staff/workloads/setasideline/?{lookup}").status_code == 400
    assert client.get(f"/staff/workloads/servicetoken/?{lookup}").status_code == 400
    for harmless in ("ingest__exact=%00", "ingest__exact=9", "source=%00", "p=9999999999999999999999", "o=9.9"):
        for page in ("setasideline", "ingest"):
            assert client.get(f"/staff/workloads/{page}/?{harmless}").status_code in {200, 302, 400}
