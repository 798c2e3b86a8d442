"""Whoever decides may make an access shorter than was asked for, and nobody longer: by form, service and SQL."""

from datetime import timedelta

import pytest
from django.db import Error as DatabaseError

from accounts.identity.roles import Role
from audit.log.models import Entry
from core import db
from humanaccess import services
from humanaccess.errors import InvalidError
from humanaccess.forms import DecideForm
from humanaccess.grounds import Ground
from humanaccess.models import ApprovalRequest, Decision, Grant

HOUR = timedelta(hours=1)


@pytest.fixture
def approval_request(make_request, approver):
    """A request for four hours on the security ground."""
    return make_request(Ground.SECURITY)


def length_of(grant):
    return grant.ends_at - grant.starts_at


def approve(approval_request, actor, now, **more):
    with db.use_role("staff"):
        return services.approve_request(approval_request, actor=actor, now=now, **more)


def decide_by_hand(approval_request, decider, window, now):
    """Write the approval as SQL of the staff role may, and have the database open the grant."""
    with db.use_role("staff"), db.atomic():
        Decision.objects.create(
            approval_request=approval_request,
            subject=approval_request.subject,
            decided_by=decider.reference,
            verdict="approved",
            window=window,
            decided_at=now,
        )
        ApprovalRequest.objects.filter(pk=approval_request.pk).update(state="approved", closed_at=now)
        grant = db.select_value("SELECT humanaccess_open_grant(%s, %s)", [approval_request.pk, now])
        return Grant.objects.get(pk=grant)


def test_an_approver_shortens_and_the_log_says_so(approval_request, approver, now):
    grant = approve(approval_request, approver, now, window=HOUR)
    assert length_of(grant) == HOUR
    with db.use_role("auditor"):
        entry = Entry.objects.get(event="humanaccess.ask.approved")
    assert b'"event_version":2' in bytes(entry.leaf)
    assert b'"window_minutes":60' in bytes(entry.leaf)


def test_without_a_choice_it_lasts_as_long_as_was_asked(approval_request, approver, now):
    assert length_of(approve(approval_request, approver, now)) == approval_request.window


@pytest.mark.parametrize("window", [4 * HOUR + timedelta(minutes=1), timedelta(minutes=14), timedelta(0), -HOUR])
def test_the_service_refuses_longer_and_too_short(approval_request, approver, now, window):
    with pytest.raises(InvalidError) as error:
        approve(approval_request, approver, now, window=window)
    assert (error.value.field, error.value.rule) == ("window", "max")
    with db.use_role("staff"):
        assert not Decision.objects.exists()


def test_the_form_offers_what_was_asked_and_shorter(approval_request):
    form = DecideForm(window=approval_request.window)
    assert [str(label) for _value, label in form.fields["window"].choices] == [
        "15 minutes",
        "30 minutes",
        "1 hour",
        "2 hours",
        "4 hours",
    ]
    assert not DecideForm({"window": "05:00:00", "note": ""}, window=approval_request.window).is_valid()


def test_a_longer_time_posted_by_hand_is_refused_at_its_field(approval_request, approver, client_of):
    client = client_of(approver)
    page = client.post(
        f"/staff/humanaccess/ask/{approval_request.reference}/approve/", {"window": "1 00:00:00", "note": ""}
    )
    assert page.status_code == 422
    assert "nobody makes it longer" in page.content.decode()
    with db.use_role("staff"):
        assert not Grant.objects.exists()


def test_the_page_shortens(approval_request, approver, client_of):
    client = client_of(approver)
    url = f"/staff/humanaccess/ask/{approval_request.reference}/"
    assert client.post(f"{url}approve/", {"window": "00:30:00", "note": ""}).status_code == 302
    with db.use_role("staff"):
        assert length_of(Grant.objects.get()) == timedelta(minutes=30)
    assert "for 30 minutes at most" in client.get(url).content.decode()


def test_the_shortest_of_two_approvals_holds(make_request, make_staff, approver, user, lines, shown, now):
    services.refuse_approval(make_request(items=lines), user=user, shown=shown, now=now)
    approval_request, second = make_request(Ground.SECURITY), make_staff("ben", Role.APPROVER_SECURITY)
    assert approve(approval_request, approver, now, window=HOUR, has_seen_refusal=True) is None
    assert length_of(approve(approval_request, second, now, window=2 * HOUR, has_seen_refusal=True)) == HOUR


def test_sql_that_says_longer_opens_no_longer(approval_request, approver, now):
    assert length_of(decide_by_hand(approval_request, approver, timedelta(days=30), now)) == approval_request.window


def test_sql_that_says_next_to_nothing_is_refused(approval_request, approver, now):
    with pytest.raises(DatabaseError, match="humanaccess_decision_window"):
        decide_by_hand(approval_request, approver, timedelta(minutes=1), now)


def test_a_decision_is_never_made_longer_afterwards(approval_request, approver, now):
    approve(approval_request, approver, now, window=HOUR)
    with db.use_role("owner"), pytest.raises(DatabaseError, match="only ever added"):
        Decision.objects.update(window=4 * HOUR)
