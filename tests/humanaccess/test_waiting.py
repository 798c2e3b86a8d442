"""The first page shows each person exactly what they may do, and each act is done from there."""

from datetime import timedelta

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.identity.models import RoleAssignment
from accounts.identity.policies import roles_of
from accounts.identity.roles import Role
from accounts.identity.services import give_role
from audit.log.models import SweepFailure
from core import db
from humanaccess import services, waiting
from humanaccess.grounds import Ground
from humanaccess.models import ApprovalRequest, RequestedItem
from humanaccess.policies import allows, may_decide, may_review
from humanaccess.selectors import get_user, list_unreviewed
from humanaccess.states import ApprovalState
from rights import services as rights
from rights.models import RightsRequest, Step
from rights.states import Kind, RequestState, StepStatus
from tests.signin import sign_in


def first_page(person):
    """Return the browser of this person, and (title, act) → item of their first page."""
    client = sign_in(Client(), person, mfa=True, fresh=True)
    page = client.get("/staff/")
    assert page.status_code == 200
    found = {(item.title, str(item.act)): item for group in page.context["groups"] for item in group.items}
    return client, found


def receive(user, at):
    with db.use_role("default"):
        return rights.receive_request(user, kind=Kind.ACCESS, identified=True, now=at)


@pytest.fixture
def queue(make_user, officer, now):
    """One rights request for each thing that an officer may do; the last one is the officer's own."""
    names = ("new", "held", "stuck", "ready", "theirs")
    found = {name: receive(make_user(name), now - timedelta(hours=1)) for name in names}
    found["own"] = receive(officer, now)
    with db.use_role("staff"):
        for name in ("held", "stuck", "ready"):
            rights.take_request(found[name].reference, actor=officer, now=now)
        for name in ("stuck", "ready"):
            rights.start_request(found[name].reference, actor=officer, now=now)
        Step.objects.filter(request=found["stuck"], verb="assemble").update(status=StepStatus.NEEDS_ATTENTION)
        RightsRequest.objects.filter(pk=found["ready"].pk).update(state=RequestState.REVIEW)
    return found


@pytest.fixture
def second(make_staff, queue, now):
    """A second officer, who holds one request."""
    person = make_staff("olga", Role.PRIVACY_OFFICER)
    with db.use_role("staff"):
        rights.take_request(queue["theirs"].reference, actor=person, now=now)
    return person


def test_an_officer_finds_what_they_may_do_and_nothing_else(queue, officer, second):
    _, found = first_page(officer)
    assert set(found) == {
        (queue["new"].reference, "Take and start"),
        (queue["held"].reference, "Start the work"),
        (queue["stuck"].reference, "See the step"),
        (queue["ready"].reference, "Approve the delivery"),
    }
    _, theirs = first_page(second)
    assert set(theirs) == {
        (queue["new"].reference, "Take and start"),
        (queue["theirs"].reference, "Start the work"),
        (queue["own"].reference, "Take and start"),
    }


@pytest.mark.usefixtures("second")
def test_an_officers_acts_are_done_from_the_first_page(queue, officer):
    client, found = first_page(officer)
    for act in ("new", "held"):
        item = next(item for (title, _), item in found.items() if title == queue[act].reference)
        assert client.post(item.post_url).status_code == 302
        with db.use_role("staff"):
            assert RightsRequest.objects.get(pk=queue[act].pk).state == RequestState.IN_PROGRESS
    assert client.get(found[queue["stuck"].reference, "See the step"].url).status_code == 200
    assert client.get(found[queue["ready"].reference, "Approve the delivery"].url).status_code == 200
    _, left = first_page(officer)
    assert {title for title, _ in left} == {queue["stuck"].reference, queue["ready"].reference}


def test_each_ground_waits_for_whoever_may_decide_read_or_review(
    make_request, approved, agreed, support, engineer, approver, officer, lines, now
):
    with db.use_role("staff"):
        services.read_item(
            approved.pk, item_id=lines[0].id, reader=engineer, mfa=True, stepped_up=True, now=timezone.now()
        )
    asked = make_request(Ground.SECURITY)
    used, given = approved.approval_request.reference, agreed.approval_request.reference
    assert set(first_page(approver)[1]) == {(asked.reference, "Decide")}
    assert set(first_page(engineer)[1]) == {(used, "Read the items")}
    assert set(first_page(support)[1]) == {(given, "Read the items")}
    assert first_page(officer)[1] == {}
    with db.use_role("staff"):
        services.close_grant(approved, reader=engineer, now=timezone.now())
    client, found = first_page(officer)
    assert set(found) == {(used, "Review")}
    review = {"finding": "in_order", "note": ""}
    assert client.post(f"{found[used, 'Review'].url}review/", review).status_code == 302
    assert first_page(officer)[1] == first_page(engineer)[1] == {}
    client, found = first_page(approver)
    approval = {"note": "", "has_seen_refusal": "on"}
    assert client.post(f"{found[asked.reference, 'Decide'].url}approve/", approval).status_code == 302
    assert first_page(approver)[1] == {}
    client, found = first_page(support)
    item = min(client.get(found[given, "Read the items"].url).context["readable"])
    with db.use_role("staff"):
        named = RequestedItem.objects.get(pk=item).item
    assert client.post(f"{found[given, 'Read the items'].url}look/{named}/").status_code == 200


def test_lists_agree_with_the_rules_that_the_services_check(
    make_request, approved, make_staff, engineer, approver, officer, lines, user, now
):
    people = [
        approver,
        officer,
        engineer,
        make_staff("ben", Role.APPROVER_SECURITY),
        make_staff("twin", Role.APPROVER_SECURITY, email="erin+2@example.org"),
        make_staff("lay", Role.APPROVER_SECURITY, email="layla+2@example.org"),
        make_staff("otto", Role.AUDITOR),
    ]
    with db.use_role("staff"):
        services.read_item(
            approved.pk, item_id=lines[0].id, reader=engineer, mfa=True, stepped_up=True, now=timezone.now()
        )
        services.close_grant(approved, reader=engineer, now=timezone.now())
        requests = [make_request(Ground.SECURITY), make_request()]
        grants = list(list_unreviewed(timezone.now()))
        assert len(grants) == 1
        for person in people:
            roles, at = roles_of(person), timezone.now()
            decided = waiting.list_undecided(person, roles, requests)
            assert decided == [
                one
                for one in requests
                if allows(may_decide, person, one, get_user(one.asker), get_user(one.subject), at)
            ]
            reviewed = waiting.list_unreviewed_for(person, roles, grants)
            assert reviewed == [one for one in grants if allows(may_review, person, one.approval_request)]


def test_administrators_and_auditors_find_theirs(make_staff, now):
    adam, amal = make_staff("adam", Role.ADMINISTRATOR), make_staff("amal", Role.ADMINISTRATOR)
    ari, lena = make_staff("ari", Role.AUDITOR), make_staff("lena", Role.SUPPORT)
    with db.use_role("staff"):
        give_role(lena, Role.APPROVER_SECURITY, actor=adam, now=now)
        assignment = RoleAssignment.objects.get(user=lena, role=Role.APPROVER_SECURITY)
    with db.use_role("worker"):
        SweepFailure.objects.create(sweep="inbox.letters", item="1", tries=5, error="E", due_at=now)
    assert first_page(adam)[1] == {}
    client, found = first_page(amal)
    assert set(found) == {("lena", "Review")}
    assert client.post(found["lena", "Review"].url).status_code == 302
    with db.use_role("staff"):
        assignment.refresh_from_db()
    assert assignment.confirmed_by == amal.reference
    assert first_page(amal)[1] == {}
    assert set(first_page(ari)[1]) == {("Work of the machines", "See them")}
    assert first_page(lena)[1] == {}


@pytest.mark.usefixtures("queue", "second")
def test_nothing_waiting_is_said_and_the_menu_counts(officer, support):
    page = sign_in(Client(), support, mfa=True).get("/staff/").content.decode()
    assert "All clear" in page
    client, _ = first_page(officer)
    menu = client.get("/staff/rights/rightsrequest/").context["menu"]
    counts = {link["url"]: link["count"] for section in menu for link in section["links"]}
    assert counts["/staff/rights/rightsrequest/"] == 4


def test_the_first_page_asks_the_database_as_often_with_one_as_with_fifty(
    officer, approver, make_user, make_request, now
):
    def queries(person):
        client = sign_in(Client(), person, mfa=True, fresh=True)
        client.get("/staff/")
        with CaptureQueriesContext(connections["staff"]) as captured:
            client.get("/staff/")
        return len(captured)

    receive(make_user("user0"), now)
    make_request(Ground.SECURITY)
    few = queries(officer), queries(approver)
    with db.use_role("staff"):
        one = ApprovalRequest.objects.get()
        ApprovalRequest.objects.bulk_create(
            ApprovalRequest(
                reference=f"HA-2026-9{number:05d}",
                ground=Ground.SECURITY,
                asker=one.asker,
                subject=one.subject,
                sealed=b"",
                window=one.window,
                state=ApprovalState.ASKED,
                asked_at=now,
                expires_at=one.expires_at,
            )
            for number in range(49)
        )
    for number in range(1, 50):
        receive(make_user(f"user{number}"), now)
    assert (queries(officer), queries(approver)) == few
    assert max(few) <= 25
    page = sign_in(Client(), officer, mfa=True, fresh=True).get("/staff/")
    (group,) = page.context["groups"]
    assert (len(group.items), group.count, group.more) == (20, 50, 30)
    assert "30 more wait" in page.content.decode()
