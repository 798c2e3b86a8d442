"""What a person's own programs read and do: what their pages show, and no more than a token proves."""

import orjson
import pytest
from django.test import Client
from django.utils import timezone

from accounts.inbox.models import Letter
from accounts.personaldata.categories import data_categories
from audit.log.models import Entry
from core import db
from humanaccess.models import ApprovalRequest, Decision
from rights import services as rights
from rights.errors import NotIdentifiedError
from rights.models import RightsRequest
from rights.states import Kind
from tests.api.conftest import program
from tests.signin import sign_in

READS = {
    "held": "held:read",
    "requests": "requests:read",
    "requests/RR-1": "requests:read",
    "accesses": "access:read",
    "approvals": "access:read",
    "approvals/HA-1": "access:read",
    "connections": "connections:read",
    "history": "history:read",
    "policy": "policy:read",
}
WRITES = {
    "requests": "requests:write",
    "requests/RR-1/withdraw": "requests:write",
    "approvals/HA-1/answer": "access:decide",
}


def events(name):
    with db.use_role("owner"):
        return list(Entry.objects.filter(event=name).order_by("id"))


def names_of(answer):
    return {each["field"]: each["rule"] for each in answer["errors"]}


@pytest.fixture
def layla(samples):
    return samples.people["user"]


@pytest.fixture
def own(layla):
    return program(layla)


@pytest.fixture
def tariq(samples):
    return samples.people["other user"]


@pytest.mark.parametrize(("path", "scope"), [*READS.items(), *(("POST " + path, of) for path, of in WRITES.items())])
def test_each_address_asks_for_its_scope_and_no_other_opens_it(user, path, scope):
    others = [each for each in {*READS.values(), *WRITES.values()} if each != scope]
    without = program(user, *others)
    method, path = ("post", path.removeprefix("POST ")) if path.startswith("POST ") else ("get", path)
    answer = getattr(without, method)(f"me/{path}", status=403)
    assert answer["detail"] == f"This token does not have the scope {scope}."
    assert Client().get(f"/api/v1/me/{path}").status_code == 401


def test_what_is_held_is_what_the_page_says(own, layla):
    held = {each["name"]: each for each in own.get("me/held")["held"]}
    assert list(held) == [category.name for category in data_categories()]
    page = sign_in(Client(), layla).get("/settings/privacy/").context
    shown = {item["category"].name: item for item in (*page["held"], *page["not_held"])}
    for name, item in shown.items():
        assert 0 <= item["count"] - held[name]["records"] <= 2, name  # the page itself is logged
        assert held[name]["recipients"] == [str(each) for each in item["recipients"]]
        assert held[name]["retention"] == str(item["category"].retention)


def test_requests_are_those_of_the_page_in_pages_and_nobody_elses(own, layla, tariq, samples, monkeypatch):
    shown = [row["request"].reference for row in sign_in(Client(), layla).get("/settings/privacy/").context["rows"]]
    monkeypatch.setattr("rights.api.PAGE_SIZE", 1)
    found, after = [], {}
    for _each in shown:
        page = own.get("me/requests", **after)
        found += [row["reference"] for row in page["requests"]]
        after = {"after": page["next"]}
    assert found == shown
    assert page["next"] is None
    one = own.get(f"me/requests/{samples.parts['reference']}")
    context = sign_in(Client(), layla).get(f"/settings/privacy/requests/{samples.parts['reference']}/").context
    assert one["days_left"] == context["deadline"]["days_left"]
    assert one["deadline"] == context["deadline"]["derivation"]
    assert one["state"] == context["row"].state
    stranger = program(tariq)
    assert stranger.get("me/requests")["requests"] == []
    stranger.get(f"me/requests/{samples.parts['reference']}", status=404)
    stranger.post(f"me/requests/{samples.parts['reference']}/withdraw", status=404)


def test_a_program_files_and_nothing_begins_before_the_person_confirmed_it(user, make_staff, client):
    from accounts.identity.roles import Role

    own, officer = program(user), make_staff("omar", Role.PRIVACY_OFFICER)
    filed = own.post("me/requests", {"kind": "access", "place": "DE"}, status=201, Idempotency_Key="one")
    assert (filed["kind"], filed["state"], filed["identified_at"]) == ("access", "received", None)
    (entry,) = events("rights.request.received")
    assert orjson.loads(bytes(entry.leaf))["payload"]["way_in"] == "api"
    with db.use_role("owner"):
        assert Letter.objects.filter(subject=user.reference, kind="rights.received").count() == 1
    with db.use_role("staff"):
        rights.take_request(filed["reference"], actor=officer, now=timezone.now())
        with pytest.raises(NotIdentifiedError):
            rights.start_request(filed["reference"], actor=officer, now=timezone.now())
    page = f"/settings/privacy/requests/{filed['reference']}/"
    sign_in(client, user)
    assert "Was it you?" in client.get(page).content.decode()
    assert client.post(f"{page}identify/")["Location"].startswith("/settings/step-up/")
    sign_in(client, user, fresh=True)
    assert client.post(f"{page}identify/").status_code == 302
    assert client.post(f"{page}identify/").status_code == 409
    assert len(events("rights.request.identified")) == 1
    assert own.get(f"me/requests/{filed['reference']}")["identified_at"] is not None
    with db.use_role("staff"):
        rights.start_request(filed["reference"], actor=officer, now=timezone.now())


def test_the_same_key_files_once_and_another_payload_with_it_is_refused(user):
    own = program(user)
    first = own.post("me/requests", {"kind": "access"}, status=201, Idempotency_Key="one")
    again = own.post("me/requests", {"kind": "access"}, status=201, Idempotency_Key="one")
    assert again["reference"] == first["reference"]
    own.post("me/requests", {"kind": "portability"}, status=422, Idempotency_Key="one")
    assert (
        first["reference"] in own.post("me/requests", {"kind": "access"}, status=409, Idempotency_Key="two")["detail"]
    )
    assert names_of(own.post("me/requests", {"kind": "access"}, status=400)) == {"Idempotency-Key": "invalid"}
    with db.row_security_for(user.reference):
        assert RightsRequest.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"kind": "required"}),
        ({"kind": "everything"}, {"kind": "invalid_choice"}),
        ({"kind": "access", "place": "Mars"}, {"place": "invalid"}),
        ({"kind": "access", "subject": "x", "id": "y"}, {"id": "unknown", "subject": "unknown"}),
        ([1], {"non_field_errors": "invalid"}),
    ],
)  # fmt: skip
def test_a_body_that_breaks_a_rule_is_told_by_field(user, body, fields):
    answer = program(user).post("me/requests", body, status=422, Idempotency_Key="k")
    assert names_of(answer) == fields
    with db.row_security_for(user.reference):
        assert RightsRequest.objects.count() == 0


@pytest.mark.parametrize("kind", sorted({*Kind} - {Kind.ACCESS, Kind.PORTABILITY}))
def test_what_takes_a_proof_is_filed_on_its_page_alone(user, kind):
    answer = program(user).post("me/requests", {"kind": kind}, status=403, Idempotency_Key="k")
    assert answer["page"] == f"http://testserver/settings/privacy/requests/new/{kind}/"
    with db.row_security_for(user.reference):
        assert RightsRequest.objects.count() == 0


def test_a_request_is_withdrawn_once(own, samples):
    reference = samples.parts["reference"]
    assert own.post(f"me/requests/{reference}/withdraw")["state"] == "withdrawn"
    own.post(f"me/requests/{reference}/withdraw", status=409)


def test_accesses_are_those_of_the_page_and_reading_them_is_logged(own, layla, samples, tariq):
    sam = sign_in(Client(), samples.people["support"], mfa=True, fresh=True)
    look = "/staff/humanaccess/ask/<slug:reference>/look/<uuid:item_id>/"
    assert sam.post(samples.address(look)).status_code == 200
    read = len(events("humanaccess.looked.opened"))
    found = own.get("me/accesses")
    assert len(events("humanaccess.looked.opened")) == read + 1
    page = sign_in(Client(), layla).get("/settings/looked/").context
    assert [row["entry"] for row in found["accesses"]] == [str(row["entry"].pk) for row in page["accesses"]]
    newest = found["accesses"][0]
    assert (newest["reader"], newest["name"], newest["is_listed"]) == ("sam", "canary-automation-name", False)
    assert newest["reason"] == page["accesses"][0]["reason"]
    # A legal process of which she is not to know yet is not told here either.
    assert found["legal_processes"] == []
    assert program(tariq).get("me/accesses")["accesses"] == []
    assert names_of(own.get("me/accesses", status=400, after="x")) == {"after": "invalid"}


def waiting(samples):
    return samples.addresses["/settings/permissions/<slug:reference>/"].strip("/").rpartition("/")[2]


def test_a_program_refuses_and_never_agrees(own, samples, tariq):
    reference = waiting(samples)
    one = own.get(f"me/approvals/{reference}")
    assert (one["asker"], one["waits"], "reason" in one) == ("sam", True, False)
    assert "canary-automation-name" in one["names"]
    program(tariq).get(f"me/approvals/{reference}", status=404)
    program(tariq).post(f"me/approvals/{reference}/answer", {"answer": "refuse"}, status=404)
    agreed = own.post(f"me/approvals/{reference}/answer", {"answer": "agree"}, status=403)
    assert agreed["page"] == f"http://testserver/settings/permissions/{reference}/"
    assert own.get(f"me/approvals/{reference}")["waits"]
    assert own.post(f"me/approvals/{reference}/answer", {"answer": "refuse"})["state"] == "refused"
    own.post(f"me/approvals/{reference}/answer", {"answer": "refuse"}, status=409)
    with db.use_role("owner"):
        decision = Decision.objects.get(approval_request__reference=reference)
    assert decision.text_version == "token-1"


def test_a_program_ends_what_was_agreed_to(own, layla):
    with db.row_security_for(layla.reference):
        live = list(ApprovalRequest.objects.filter(subject=layla.reference, state="agreed"))
    assert len(live) == 2
    for each in live:
        assert own.post(f"me/approvals/{each.reference}/answer", {"answer": "end"})["is_open"] is False
        own.post(f"me/approvals/{each.reference}/answer", {"answer": "end"}, status=409)


def test_the_history_is_the_log_of_the_page_with_receipts(own, layla, tariq, monkeypatch):
    shown = sign_in(Client(), layla).get("/settings/log/").context["timeline"]
    monkeypatch.setattr("rights.api.ENTRIES", 10)
    first = own.get("me/history", app="rights")
    second = own.get("me/history", app="rights", after=first["next"])
    assert len(first["entries"]) == 10
    both = [row["sentence"] for row in (*first["entries"], *second["entries"])]
    assert {*both} <= {row["sentence"] for row in shown}
    assert all(row["event"].startswith("rights.") for row in first["entries"])
    receipt = first["entries"][0]["receipt"].removeprefix("http://testserver")
    assert sign_in(Client(), layla).get(receipt).status_code == 200
    assert "canary" not in str(program(tariq).get("me/history"))
    wrong = own.get("me/history", status=400, after="1", app="x", kind="y", time_after="z", nothing="1")
    assert {*names_of(wrong)} == {"nothing"}
    wrong = own.get("me/history", status=400, after="1", app="x", kind="y", time_after="z")
    assert {*names_of(wrong)} == {"after", "app", "kind", "time_after"}


def test_connections_and_the_policy_are_those_of_the_pages(own, layla, tariq):
    found = own.get("me/connections")
    context = sign_in(Client(), layla).get("/settings/connections/").context
    automations = context["found"].listed.automations
    assert [row["name"] for row in found["automations"]] == [row["name"] for row in automations]
    assert [row["name"] for row in found["scopes"]] == [row["scope"].name for row in context["rows"]]
    assert [row["asked_at"] is not None for row in found["ended"]] == [True]
    assert program(tariq).get("me/connections")["automations"] == []
    versions = own.get("me/policy")["versions"]
    rows = sign_in(Client(), layla).get("/settings/policy/").context["rows"]
    assert [each["effective_on"] for each in versions] == [str(row.version.effective_on) for row in rows]
    assert [each["is_in_force"] for each in versions] == [True]


def test_texts_come_in_the_language_of_the_profile_or_of_the_request(user):
    user.language = "ar"
    user.save()
    arabic = program(user).get("me/held")["held"][0]["title"]
    english = program(user, **{"Accept-Language": "en"}).get("me/held")["held"][0]["title"]
    assert arabic != english
    assert english.isascii()


def test_times_are_utc_and_answers_are_not_to_be_stored(own):
    answer = own.client.get("/api/v1/me/requests")
    assert "no-store" in answer["Cache-Control"]
    assert all(row["received_at"].endswith("Z") for row in answer.json()["requests"])


def test_too_many_calls_are_told_when_to_come_back(user, monkeypatch):
    monkeypatch.setattr("core.token_authentication.CallerThrottle.rate", "2/min")
    own = program(user)
    own.get("me/policy")
    own.get("me/policy")
    answer = own.client.get("/api/v1/me/policy")
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0


def test_the_page_of_the_api_tells_of_every_call(client):
    page = client.get("/api/").content.decode()
    schema = orjson.loads(client.get("/api/v1/schema.json").content)
    assert len(schema["paths"]) > 30
    for path, methods in schema["paths"].items():
        assert path in page
        for operation in methods.values():
            assert operation["summary"] in page
            assert operation["tags"][0] == path.split("/")[3]
            assert all(answer["description"] for answer in operation["responses"].values())
            assert operation.get("x-scope") or path.endswith("/me/token")
    assert "<script" not in page.replace("<script src=", "")
    assert 'lang="en" dir="ltr"' in page
    assert client.get("/api/", headers={"Accept-Language": "ar"}).content.decode().count('dir="rtl"') >= 1
