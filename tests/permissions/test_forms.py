"""What a form has no field for is not taken; what no form can mean is refused, and nothing of it is stored."""

import json
import re
import uuid

import pytest
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from accounts.identity.models import RoleAssignment, User
from accounts.identity.roles import Role
from core import db
from tests.permissions import snapshot
from tests.permissions.crawl import Answer
from tests.permissions.people import COLUMNS
from tests.permissions.routes import routes
from tests.permissions.table import TABLE
from tests.stream_lines import line

LATE = "2099-12-31"
REQUEST = "/staff/rights/rightsrequest/<slug:reference>/"
APPROVAL = "/staff/humanaccess/ask/<slug:reference>/"
PEOPLE = "/staff/identity/roleassignment/"
#: column → what this person sends where, in this order; each is a form that is good but for what is added to it
GOOD = {
    "anonymous": [
        (
            "/accounts/signup/",
            {
                "email": "newcomer@example.org",
                "username": "newcomer",
                "password1": "a long pass phrase 5190",
                "password2": "a long pass phrase 5190",
            },
        ),
    ],
    "user": [
        ("/settings/profile/", {"username": "layla2", "language": "en", "time_zone": "Asia/Dubai"}),
        ("/settings/permissions/<slug:reference>/", {"answer": "agree", "text": "", "items": ""}),
        ("/settings/permissions/<slug:reference>/end/", {}),
        ("/settings/privacy/requests/<slug:reference>/withdraw/", {}),
        ("/settings/privacy/requests/new/<slug:kind>/", {"place": "DE", "step": "file"}),
    ],
    "support": [(f"{APPROVAL}cancel/", {}), (f"{APPROVAL}close/", {})],
    "privacy officer": [
        (f"{REQUEST}note/", {"text": "Called back."}),
        (f"{REQUEST}start/", {}),
        (f"{REQUEST}take/", {}),
        (f"{REQUEST}refuse/", {"ground": "excessive", "reasons": "The third one this week, and nothing has changed."}),
    ],
    "approver": [
        (f"{APPROVAL}approve/", {"note": "Fine.", "window": ""}),
        (f"{APPROVAL}decline/", {"note": "Too much."}),
    ],
    "administrator": [
        (f"{PEOPLE}<uuid:user_id>/give/", {"role": "legal_counsel"}),
        (f"{PEOPLE}invite/", {"email": "guest@example.org", "roles": ["support"]}),
        (f"{PEOPLE}role/<int:assignment_id>/confirm/", {}),
        (f"{PEOPLE}<uuid:user_id>/<str:verb>/", {}),
    ],
}
GARBAGE = "garbage-5190"
FIELDS = [
    "email",
    "login",
    "username",
    "password",
    "password1",
    "password2",
    "code",
    "name",
    "language",
    "time_zone",
    "way",
    "next",
    "place",
    "answer",
    "text",
    "items",
    "ground",
    "reasons",
    "reason",
    "note",
    "finding",
    "query",
    "after",
    "step",
    "person",
    "kind",
    "app",
    "start",
    "end",
    "hours",
    "abuse_reference",
    "role",
    "roles",
    "credential",
    "token",
    "action",
    "session",
    "has_seen_refusal",
    "oldpassword",
    "process",
    "csrfmiddlewaretoken",
    "state",
    "id_token",
]
BODIES = {
    "long": dict.fromkeys(FIELDS, GARBAGE + "x" * 9000),
    "null": dict.fromkeys(FIELDS, f"{GARBAGE}\x00"),
    "json": (b'{"email": ["' + GARBAGE.encode(), "application/json"),
    "bytes": (b"email=%ff%fe&text=%00&login=%c0%af&username=\xff\xfe", "application/x-www-form-urlencoded"),
    "multipart": (f"--{BOUNDARY}\r\nContent-Disposition: form-data; na".encode(), MULTIPART_CONTENT),
}
QUERY = dict.fromkeys(
    [
        "q",
        "page",
        "after",
        "before",
        "state",
        "kind",
        "who",
        "overdue",
        "reference",
        "show",
        "case",
        "subject",
        "actor",
        "event",
        "outcome",
        "way",
        "next",
        "o",
        "stream",
        "source",
        "e",
        "p",
        "all",
        "lang",
        "format",
        "app_label",
        "model_name",
        "field_name",
        "term",
        "code",
        "error",
        "login_hint",
        "process",
    ],
    "\x00" + GARBAGE,
)


def poison(other):
    """Return fields that no form of ours has, each with a value that must not be stored."""
    theirs = dict.fromkeys(
        [
            "subject",
            "approver",
            "asker",
            "actor",
            "reader",
            "author",
            "owner",
            "given_by",
            "confirmed_by",
            "decided_by",
            "reviewed_by",
            "by",
        ],
        other.reference,
    )
    ids = dict.fromkeys(["user", "user_id", "assignee", "account", "person_id"], str(other.pk))
    late = dict.fromkeys(
        [
            "expires_at",
            "ends_at",
            "due_at",
            "due_on",
            "received_at",
            "confirmed_at",
            "effective_at",
            "identified_at",
            "closed_at",
            "started_at",
        ],
        LATE,
    )
    flags = dict.fromkeys(["is_staff", "is_superuser", "verified", "is_active"], "on")
    texts = {"status": "done", "state": "fulfilled", "verdict": "approved", "window": "9999", "role": "administrator"}
    return {**theirs, **ids, **late, **flags, **texts, "id": str(other.pk), "groups": "1", "regime": "poisoned"}


def answered_page(visitor, samples, data):
    """Return the answer to the page that asks, with the page's own text and items in it."""
    page = visitor.client.get(samples.address("/settings/permissions/<slug:reference>/")).content.decode()
    text = re.search(r'name="text" value="([^"]+)"', page)[1]
    return {**data, "text": text, "items": re.findall(r'name="items" value="([^"]+)"', page)}


@pytest.mark.parametrize("column", GOOD)
def test_fields_that_no_form_has_change_nothing(arrive, make_user, column):
    visitor, samples = arrive(column)
    tariq = make_user("tariq")
    before = snapshot.take()
    for route, data in GOOD[column]:
        good = answered_page(visitor, samples, data) if "answer" in data else data
        answer = Answer.of(visitor.client.post(samples.address(route), {**poison(tariq), **good}))
        assert answer.mark == "302", (route, answer.body.decode()[-3000:])
        visitor.come_back()
    after = snapshot.take()
    for table, rows in after.items():
        for key, row in rows.items():
            if table in {"django_session", "audit_pending"} or row == before[table].get(key):
                continue
            told = json.dumps(row)
            assert tariq.reference not in told, table
            assert str(tariq.pk) not in told, table
            assert LATE not in told, table
            assert "poisoned" not in told, table
    with db.use_role("staff"):
        assert not User.objects.filter(is_superuser=True).exists()
        staff = set(User.objects.filter(is_staff=True).values_list("username", flat=True))
        assert staff == {person.username for person in samples.people.values() if person.is_staff} | {
            "mia",
            "nora",
            "gita",
            "hugo",
        }
        rulers = set(RoleAssignment.objects.filter(role=Role.ADMINISTRATOR).values_list("user__username", flat=True))
        assert rulers == {"gita", "hugo"} | ({"adam"} if column == "administrator" else set())


def test_a_line_of_the_platform_belongs_to_the_account_that_it_names_and_to_nobody_else(arrive, make_user):
    visitor, samples = arrive("user")
    tariq = make_user("tariq")
    sent = line("logs", visitor.user.pk, subject=tariq.reference, is_staff=True, expires_at=LATE)
    before = snapshot.take()
    answer = Client().post(
        samples.address("/api/v1/ingest/<slug:stream>").replace("usage", "logs"),
        json.dumps(sent) + "\n",
        content_type="application/x-ndjson",
        headers={"Authorization": f"Bearer {samples.parts['service_token']}"},
    )
    assert answer.status_code in {200, 422}
    after = snapshot.take()
    for table in ("workloads_logline", "workloads_dailytotal", "identity_user"):
        new = [row for key, row in after[table].items() if row != before[table].get(key)]
        assert all(row["subject"] == visitor.user.reference for row in new)


def open_to(column):
    """Return the addresses that take a post of this person's, by the table."""
    index = COLUMNS.index(column)
    closed = {"405", "404", "403", "st>", "in>"}
    return [route for route, methods in TABLE.items() if methods["POST"][index] not in closed]


@pytest.mark.parametrize("column", ["anonymous", "user", "support", "privacy officer", "administrator"])
def test_bodies_that_mean_nothing_are_refused_and_not_stored(arrive, column):
    visitor, samples = arrive(column)
    broken = []
    for route in open_to(column):
        for name, body in BODIES.items():
            sent = (encode_multipart(BOUNDARY, body), MULTIPART_CONTENT) if isinstance(body, dict) else body
            answer = Answer.of(visitor.client.generic("POST", samples.address(route), *sent))
            if answer.mark.startswith("5"):
                broken.append(f"{route} {name}: {answer.mark}")
            visitor.come_back()
    assert broken == []
    tables = {
        table
        for table, rows in snapshot.take().items()
        if table != "django_session" and any(GARBAGE in json.dumps(row) for row in rows.values())
    }
    assert tables == set()


@pytest.mark.parametrize("column", ["anonymous", "user", "auditor", "privacy officer", "administrator"])
def test_queries_that_mean_nothing_break_no_page(arrive, column):
    visitor, samples = arrive(column)
    broken = {}
    for route in routes():
        answer = Answer.of(visitor.client.get(samples.address(route), QUERY))
        if answer.mark.startswith("5"):
            broken[route] = answer.mark
        visitor.come_back()
    assert broken == {}


@pytest.mark.parametrize("column", ["user", "privacy officer", "administrator"])
def test_ids_that_are_none_are_not_found(arrive, column):
    visitor, _samples = arrive(column)
    broken = []
    for route in routes():
        for wrong in (str(uuid.UUID(int=0)), "9" * 40, "RR-0000-000000", "%00"):
            if "<" in route:
                address = re.sub(r"<[^>]+>", wrong, route)
                for method in ("GET", "POST"):
                    answer = Answer.of(visitor.client.generic(method, address))
                    if answer.mark.startswith("5") or answer.mark == "200":
                        broken.append(f"{method} {address}: {answer.mark}")
                    visitor.come_back()
    assert broken == []
