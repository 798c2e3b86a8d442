"""P12 of access without a decision, worked out anew; and the task that a broken P12 opens by itself."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core import mail

from accounts.identity.actors import actor_of
from accounts.identity.services import mail_staff
from accounts.identity.waiting import waiting_for
from core import db
from core.promises import PromiseState
from humanaccess import services
from humanaccess.models import Review
from humanaccess.promises import record_reads_measured
from humanaccess.states import Finding
from tests.humanaccess.test_promises import SECOND, change, forge, measured, read  # noqa: F401  fixtures

HOUR = timedelta(hours=1)


@pytest.fixture
def broken(engineer, approver, user, lines, now):
    """A grant that was opened without a decision."""
    reason = "Mails go out from this account now; these lines should say to whom."
    with db.use_role("staff"):
        return services.break_glass(asker=engineer, subject=user, items=lines, reason=reason, incident="INC-7", now=now)


@pytest.fixture
def used(broken, read, engineer):  # noqa: F811
    """The entry of a read under it."""
    return read(broken, actor=actor_of(engineer))


def test_reads_under_it_are_in_order_and_counted_apart(broken, used, measured):  # noqa: F811
    facts = {"reads": 1, "by_machines_and_own_pages": 0, "without_a_decision": 1, "exceptions": 0}
    assert measured("P12") == (facts, {})


@pytest.mark.tampering
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE humanaccess_ask SET break_glass = false, state = 'approved'",
        "UPDATE humanaccess_ask SET break_glass = true, state = 'asked', closed_at = NULL WHERE ground = 'security'",
    ],
)
def test_a_flag_or_state_that_an_owner_changes_is_named(broken, used, measured, statement):  # noqa: F811
    change(statement)
    assert measured("P12")[1] == {used: "not_break_glass"}


@pytest.mark.tampering
def test_a_decided_grant_that_is_made_one_without_a_decision_is_named(approved, read, engineer, measured):  # noqa: F811
    entry = read(approved, actor=actor_of(engineer))
    change(
        "UPDATE humanaccess_ask SET break_glass = true, state = 'opened', \"window\" = '1 h' WHERE ground = 'security'"
    )
    assert measured("P12")[1] == {entry: "not_break_glass"}


@pytest.mark.tampering
def test_a_window_that_is_made_longer_is_named(broken, used, measured):  # noqa: F811
    change("UPDATE humanaccess_grant SET ends_at = ends_at + interval '1 h'")
    assert measured("P12")[1] == {used: "grant_not_as_logged"}


def test_one_that_nobody_reviews_within_a_day_of_its_end_is_named(broken, approver, engineer, measured, now):  # noqa: F811
    late = now + timedelta(days=1) + 2 * HOUR + SECOND
    assert measured("P12", late - 2 * SECOND)[1] == {}
    assert measured("P12", late)[1] == {str(broken.pk): "not_reviewed"}
    forged = {"grant": broken, "subject": broken.subject, "finding": "in_order", "reads": 0, "reviewed_at": now}
    with db.use_role("staff"):
        services.close_grant(broken, reader=engineer, now=now + SECOND)
        Review.objects.create(reviewed_by=approver.reference, **forged)
    assert measured("P12", late)[1] == {str(broken.pk): "not_reviewed"}, "the log knows of no review"


def test_one_that_was_reviewed_is_in_order_for_good(broken, approver, engineer, measured, now):  # noqa: F811
    with db.use_role("staff"):
        services.close_grant(broken, reader=engineer, now=now + SECOND)
        services.review_grant(broken, actor=approver, finding=Finding.IN_ORDER, now=now + 2 * SECOND)
    assert measured("P12", now + timedelta(days=9))[1] == {}


def test_a_broken_p12_opens_a_task_by_itself_and_closes_it(approved, read, engineer, officer, support, events, now):  # noqa: F811
    def record(at):
        with db.use_role("worker"):
            return record_reads_measured(at)

    def tasks(person, at=now):
        with db.use_role("worker"):
            return [item for each, items in waiting_for(person, at).items() if each.name == "reads" for item in items]

    later = now + timedelta(minutes=1)
    assert record(later) == PromiseState.KEPT
    assert events("humanaccess.reads.measured") == []
    read(approved, item=uuid4(), actor=actor_of(engineer))
    assert record(later) == record(later) == PromiseState.BROKEN
    assert events("humanaccess.reads.measured") == [("humanaccess.reads.measured", "ok")]
    for person in (officer, engineer):
        (task,) = tasks(person)
        assert "P12 is broken: 1 exceptions" in task.text
        assert task.is_urgent
    assert tasks(support) == []
    with db.use_role("worker"):
        mail_staff(now)
    assert officer.email in [one.to[0] for one in mail.outbox]
    assert record(now + timedelta(days=91)) == PromiseState.KEPT
    assert len(events("humanaccess.reads.measured")) == 2
    assert tasks(officer) == []
