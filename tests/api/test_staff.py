"""What staff do with a token for a day: the queue as they see it, taking and putting back; the rest is on the pages."""

import pytest
from django.test import Client

from accounts.identity.roles import Role
from audit.log.models import Entry
from core import db
from rights.models import RightsRequest
from rights.staff.actions import ACTIONS
from tests.api.conftest import program
from tests.signin import sign_in

QUEUE = "/staff/rights/rightsrequest/"


def count(event):
    with db.use_role("owner"):
        return Entry.objects.filter(event=event).count()


@pytest.fixture
def officer(samples):
    return program(samples.people["privacy officer"])


@pytest.fixture
def path(samples):
    return f"staff/requests/{samples.parts['reference']}"


def test_the_queue_is_that_of_the_page_in_pages(officer, samples, monkeypatch):
    page = sign_in(Client(), samples.people["privacy officer"], mfa=True, fresh=True).get(QUEUE).context
    shown = [(row.case.reference, row.who, row.holder, str(row.left)) for row in page["rows"]]
    monkeypatch.setattr("rights.staff_api.PAGE_SIZE", 2)
    found, after = [], {}
    while True:
        answer = officer.get("staff/queue", **after)
        found += [(row["reference"], row["person"], row["assignee"], row["left"]) for row in answer["requests"]]
        if answer["next"] is None:
            break
        after = {"after": answer["next"]}
    assert found == shown
    assert len(found) > 2


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.SECURITY_ENGINEER, Role.APPROVER_SECURITY])
def test_staff_of_other_roles_see_nothing_of_it(samples, make_staff, path, role):
    other = program(make_staff("olga", role))
    other.get("staff/queue", status=403)
    other.get(path, status=403)
    other.post(f"{path}/take", status=403, If_Match="x")


def test_who_signs_deletions_off_sees_those_alone_and_who_audits_no_names(samples, make_staff, path):
    counsel = program(make_staff("carla", Role.LEGAL_COUNSEL))
    assert {row["kind"] for row in counsel.get("staff/queue")["requests"]} == {"deletion"}
    counsel.get(path, status=403)
    auditor = program(make_staff("aya", Role.AUDITOR))
    assert {row["person"] for row in auditor.get("staff/queue")["requests"]} == {""}
    etag = auditor.get(path)["etag"]
    refused = count("rights.act.refused")
    auditor.post(f"{path}/take", status=403, If_Match=etag)
    assert count("rights.act.refused") == refused + 1


def test_a_token_without_the_scope_is_refused(samples, path):
    reader = program(samples.people["privacy officer"], "queue:read")
    etag = reader.get(path)["etag"]
    reader.post(f"{path}/take", status=403, If_Match=etag)
    program(samples.people["privacy officer"], "held:read").get("staff/queue", status=403)


def test_opening_a_request_is_logged_and_holds_no_text_that_somebody_wrote(officer, path):
    opened = count("rights.request.shown")
    found = officer.get(path)
    assert count("rights.request.shown") == opened + 1
    assert (found["kind"], found["assignee"], found["days_left"] > 0) == ("access", "priya", True)
    assert "canary" not in str(found)
    assert officer.client.get(f"/api/v1/{path}")["ETag"] == found["etag"]


def test_taking_needs_what_was_read_and_that_it_stands(officer, make_staff, samples, path):
    assert officer.post(f"{path}/release", status=428)["status"] == 428
    officer.post(f"{path}/release", status=412, If_Match='"old"')
    first = officer.get(path)
    released = officer.post(f"{path}/release", If_Match=first["etag"])
    assert released["assignee"] == ""
    officer.post(f"{path}/take", status=412, If_Match=first["etag"])
    second = program(make_staff("omar", Role.PRIVACY_OFFICER))
    taken = second.post(f"{path}/take", If_Match=released["etag"])
    assert taken["assignee"] == "omar"
    # A colleague holds it: nobody else puts it back.
    officer.post(f"{path}/release", status=403, If_Match=taken["etag"])
    with db.use_role("owner"):
        assert RightsRequest.objects.get(reference=samples.parts["reference"]).assignee.username == "omar"


@pytest.mark.parametrize("act", sorted({*ACTIONS} - {"take", "release"}))
def test_what_weighs_is_done_on_the_page_which_asks_for_a_step_up(officer, samples, path, act):
    before = officer.get(path)
    answer = officer.post(f"{path}/{act}", status=403, If_Match=before["etag"])
    assert answer["page"] == f"http://testserver{QUEUE}{samples.parts['reference']}/{act}/"
    assert officer.get(path)["etag"] == before["etag"]


def test_nobody_takes_a_request_of_their_own(make_staff, office):
    from rights.services import receive_request
    from rights.states import Kind
    from tests.conftest import NOW

    omar = make_staff("omar", Role.PRIVACY_OFFICER)
    request = receive_request(omar, kind=Kind.ACCESS, identified=True, now=NOW)
    own = program(omar)
    etag = own.get(f"staff/requests/{request.reference}")["etag"]
    own.post(f"staff/requests/{request.reference}/take", status=403, If_Match=etag)
    own.post(f"staff/requests/{request.reference}/nothing", status=404, If_Match=etag)
    own.get("staff/requests/RR-2026-999999", status=404)
