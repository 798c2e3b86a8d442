"""What was not agreed to, and what lies beside it, takes four people; nothing opens that nobody can review."""

from datetime import timedelta
from time import monotonic
from uuid import UUID

import pytest
from django.db import Error as DatabaseError
from django.test import Client
from django.utils import timezone

from accounts.identity.roles import Role
from accounts.personaldata.item_providers import NamedItem
from core import db
from humanaccess import policies, selectors, services
from humanaccess.errors import AccessClosedError, AccessDeniedError, InvalidError
from humanaccess.grounds import RULES, Ground
from humanaccess.models import ApprovalRequest, Decision, Grant
from humanaccess.states import Finding
from tests.platform_rows import put_row
from tests.signin import sign_in

HOUR = timedelta(hours=1)


def line(user, at, **clear):
    item = put_row("workloads_logline", user.reference, at, **clear)
    return NamedItem("workloads.logline", item, {"app": "00000000", "time": str(at), "level": "error"})


def approvals(approval_request):
    with db.use_role("staff"):
        return selectors.count_approvals(approval_request)


@pytest.fixture
def whole_hour(now):
    """The beginning of an hour that is over."""
    return now.replace(minute=0, second=0, microsecond=0) - 3 * HOUR


@pytest.fixture
def not_agreed(make_request, user, shown, whole_hour, now):
    """One line that the user refused, in the middle of an hour."""
    item = line(user, whole_hour + HOUR / 2)
    services.refuse_approval(make_request(items=[item]), user=user, shown=shown, now=now)
    return item


@pytest.mark.parametrize("how", ["refused", "unticked", "never answered", "withdrawn"])
def test_what_was_not_agreed_to_needs_two_who_saw_it(make_request, user, support, lines, shown, how, now):
    if how == "never answered":
        make_request(items=lines[:2], now=now - timedelta(days=8))
    else:
        approval_request = make_request(items=lines[:2])
        if how == "refused":
            services.refuse_approval(approval_request, user=user, shown=shown, now=now)
        elif how == "unticked":
            services.agree_to_request(approval_request, user=user, items={lines[0].id}, shown=shown, now=now)
        else:
            with db.use_role("staff"):
                services.cancel_request(approval_request, actor=support, now=now)
    assert approvals(make_request(Ground.SECURITY, items=[lines[1]])) == (0, 2)
    assert approvals(make_request(Ground.SECURITY, items=[lines[0]])) == (0, 1 if how == "unticked" else 2)
    assert approvals(make_request(Ground.SECURITY, items=[lines[2]])) == (0, 1)


def test_a_long_list_beside_many_refusals_is_marked_at_once(make_request, user, shown, whole_hour, now):
    many = [line(user, whole_hour + timedelta(seconds=number)) for number in range(200)]
    for first in (0, 50):
        services.refuse_approval(make_request(items=many[first : first + 50]), user=user, shown=shown, now=now)
    began = monotonic()
    with db.use_role("staff"):
        found = selectors.list_not_agreed(user.reference, [(item.kind, item.id) for item in many])
    assert monotonic() - began < 3  # seconds; twelve where each pair of items is looked up
    assert len(found) == 100 * 200


def test_a_question_that_still_waits_is_no_refusal(make_request, lines):
    make_request()
    assert approvals(make_request(Ground.SECURITY)) == (0, 1)


def test_the_neighbours_of_a_refused_item_need_two_as_well(make_request, make_user, user, not_agreed, whole_hour):
    for beside in (whole_hour, whole_hour + HOUR - timedelta(seconds=1)):
        assert approvals(make_request(Ground.SECURITY, items=[line(user, beside)])) == (0, 2)
    command = put_row("workloads_command", user.reference, whole_hour + HOUR / 2)
    elsewhere = [
        line(user, whole_hour - timedelta(seconds=1)),
        line(user, whole_hour + HOUR),
        line(user, whole_hour + HOUR / 2, app=UUID(int=8)),
        NamedItem("workloads.command", command, {"time": "then"}),
    ]
    for item in elsewhere:
        assert approvals(make_request(Ground.SECURITY, items=[item])) == (0, 1), item
    other = make_user("omar")
    theirs = line(other, whole_hour + HOUR / 2)
    assert approvals(make_request(Ground.SECURITY, subject=other, items=[theirs])) == (0, 1)


def test_runs_lie_beside_runs_of_the_same_automation(make_request, user, shown, whole_hour, now):
    def run(at, **clear):
        item = put_row("connections_run", user.reference, at, **clear)
        return NamedItem("connections.run", item, {"id": "00000000", "time": "then", "outcome": "failed"})

    services.refuse_approval(make_request(items=[run(whole_hour)]), user=user, shown=shown, now=now)
    assert approvals(make_request(Ground.SECURITY, items=[run(whole_hour + HOUR / 2)])) == (0, 2)
    assert approvals(make_request(Ground.SECURITY, items=[run(whole_hour, automation=UUID(int=4))])) == (0, 1)


def test_the_database_opens_a_neighbour_for_two_who_saw_it_alone(
    make_request, make_staff, officer, user, not_agreed, whole_hour, now
):
    approvers = [make_staff(name, Role.APPROVER_SECURITY) for name in ("ada", "ben", "cleo")]
    approval_request = make_request(Ground.SECURITY, items=[line(user, whole_hour)])

    def decide(person, *, saw):
        Decision.objects.create(
            approval_request=approval_request,
            subject=approval_request.subject,
            decided_by=person.reference,
            verdict="approved",
            saw_refusal=saw,
            decided_at=now,
        )

    def open_grant():
        with db.atomic(), db.connection().cursor() as cursor:
            cursor.execute("SELECT humanaccess_open_grant(%s, %s)", [approval_request.pk, now])

    with db.use_role("staff"):
        decide(approvers[0], saw=True)
        decide(approvers[1], saw=False)
        ApprovalRequest.objects.filter(pk=approval_request.pk).update(state="approved", closed_at=now)
        with pytest.raises(DatabaseError, match="second person"):
            open_grant()
        decide(approvers[2], saw=True)
        officer.role_assignments.update(ended_at=now, ended_by="0" * 32)
        with pytest.raises(DatabaseError, match="left to review"):
            open_grant()
        make_staff("petra", Role.PRIVACY_OFFICER)
        open_grant()


def test_in_an_office_of_three_a_refused_item_stays_closed(make_request, make_staff, approver, not_agreed, now):
    second = make_staff("paul", Role.APPROVER_SECURITY, email="paula+2@example.org")
    approval_request = make_request(Ground.SECURITY, items=[not_agreed])
    with db.use_role("staff"):
        assert services.approve_request(approval_request, actor=approver, has_seen_refusal=True, now=now) is None
        with pytest.raises(AccessDeniedError, match="left to review"):
            services.approve_request(approval_request, actor=second, has_seen_refusal=True, now=now)
        assert not Grant.objects.exists()
        assert Decision.objects.filter(approval_request=approval_request).count() == 1


def test_nothing_opens_that_nobody_can_review(make_request, approver, officer, events, now):
    approval_request = make_request(Ground.SECURITY)
    with db.use_role("staff"):
        officer.role_assignments.update(ended_at=now, ended_by="0" * 32)
        with pytest.raises(AccessDeniedError, match="left to review"):
            services.approve_request(approval_request, actor=approver, now=now)
        assert ApprovalRequest.objects.get(pk=approval_request.pk).state == "asked"
        assert not Decision.objects.exists()
    assert events("humanaccess.act") == [("humanaccess.act.refused", "refused")]


def test_two_accounts_of_one_approver_are_one(make_request, make_staff, approver, not_agreed, now):
    twin = make_staff("ada2", Role.APPROVER_SECURITY, email="ada+two@example.org")
    approval_request = make_request(Ground.SECURITY, items=[not_agreed])
    with db.use_role("staff"):
        services.approve_request(approval_request, actor=approver, has_seen_refusal=True, now=now)
        with pytest.raises(AccessClosedError, match="decided on this before"):
            services.approve_request(approval_request, actor=twin, has_seen_refusal=True, now=now)


def read_and_end(grant, reader, item):
    with db.use_role("staff"):
        services.read_item(grant.pk, item_id=item, reader=reader, mfa=True, stepped_up=True, now=timezone.now())
        services.close_grant(grant, reader=reader, now=timezone.now())


def test_a_privacy_officer_reviews_where_no_approver_is_left(
    make_request, make_staff, approved, engineer, approver, officer, lines, now
):
    read_and_end(approved, engineer, lines[0].id)
    later = now + timedelta(days=2)
    with pytest.raises(AccessDeniedError, match="review"):
        make_request(Ground.SECURITY, now=later)
    with db.use_role("staff"):
        for actor in (engineer, approver, make_staff("root", Role.ADMINISTRATOR, Role.AUDITOR)):
            with pytest.raises(AccessDeniedError):
                services.review_grant(approved, actor=actor, finding=Finding.IN_ORDER, now=later)
        services.review_grant(approved, actor=officer, finding=Finding.IN_ORDER, now=later)
    make_request(Ground.SECURITY, now=later)


def test_a_privacy_officer_does_not_review_while_an_approver_is_left(approved, engineer, officer, make_staff, lines):
    read_and_end(approved, engineer, lines[0].id)
    make_staff("rita", Role.APPROVER_SECURITY)
    with db.use_role("staff"), pytest.raises(AccessDeniedError, match="Others review this first"):
        services.review_grant(approved, actor=officer, finding=Finding.IN_ORDER, now=timezone.now())


def test_an_office_has_the_people_or_not(engineer, approver, officer, user, make_staff):
    def enough(deciders):
        with db.use_role("staff"):
            return policies.has_people_for(engineer, user, RULES[Ground.SECURITY], deciders=deciders)

    assert enough(1)
    assert not enough(2)
    make_staff("ben", Role.APPROVER_SECURITY)
    assert enough(2)


def test_the_page_says_before_filing_that_an_item_stays_closed(
    engineer, approver, officer, make_staff, not_agreed, search, lines, whole_hour
):
    client = sign_in(Client(), engineer, mfa=True, fresh=True)
    search |= {"ground": "security", "end": (whole_hour + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")}
    page = client.post("/staff/humanaccess/ask/new/", search).content.decode()
    assert "not agreed to" in page
    assert "stays closed" in page
    own = client.post("/staff/humanaccess/ask/new/", search | {"ground": "agreement"}).content.decode()
    assert "not agreed to" in own
    assert "two people must approve" not in own
    make_staff("ben", Role.APPROVER_SECURITY)
    page = client.post("/staff/humanaccess/ask/new/", search).content.decode()
    assert "not agreed to" in page
    assert "stays closed" not in page


def test_a_form_without_the_confirmation_is_refused_for_a_neighbour(
    make_request, user, approver, not_agreed, whole_hour, now
):
    approval_request = make_request(Ground.SECURITY, items=[line(user, whole_hour)])
    with db.use_role("staff"), pytest.raises(InvalidError, match="not agreed"):
        services.approve_request(approval_request, actor=approver, now=now)
