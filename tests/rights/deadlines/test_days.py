"""One count of days: in the queue, on the pages and in the filters, at every hour of the day, in the regime's zone."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from accounts.identity.roles import Role
from core import db
from rights import presenters, selectors, services
from rights.deadlines.calculate import days_left
from rights.models import RightsRequest
from tests.signin import sign_in

QUEUE = "/staff/rights/rightsrequest/"
#: 05:34 in UTC is 21:34 of the day before in Los Angeles
EARLY = datetime(2026, 11, 23, 5, 34, tzinfo=UTC)


@pytest.fixture
def californian(file_request, user):
    """A request received on 22 November in California: due on 6 January, acknowledged within ten working days."""
    return file_request(user, at=EARLY, regime="california")


def seen(client, url, at, **query):
    with time_machine.travel(at, tick=False):
        return client.get(url, query).content.decode()


def test_the_queue_and_both_pages_count_the_same_days(client, californian, officer, user):
    with time_machine.travel(EARLY, tick=False):
        sign_in(client, officer, mfa=True, fresh=True)
    assert "45 days" in seen(client, QUEUE, EARLY)
    assert "45 days left" in seen(client, f"{QUEUE}{californian.reference}/", EARLY)
    with time_machine.travel(EARLY, tick=False):
        client.logout()
        sign_in(client, user, fresh=True)
    assert "45 days left" in seen(client, f"/settings/privacy/requests/{californian.reference}/", EARLY)


@pytest.mark.parametrize(
    ("at", "left"),
    [
        ("2027-01-06T08:00", 0),
        ("2027-01-07T01:00", 0),  # still 6 January there
        ("2027-01-07T07:59", 0),
        ("2027-01-07T08:00", -1),
    ],
)
def test_overdue_begins_when_the_day_ends_there(client, californian, officer, user, at, left):
    at = datetime.fromisoformat(at).replace(tzinfo=UTC)
    with time_machine.travel(at, tick=False):
        sign_in(client, officer, mfa=True, fresh=True)
    assert presenters.meter_of(californian, at)["days_left"] == left
    assert presenters.deadline_of(californian, at)["days_left"] == left
    assert (californian.reference in seen(client, QUEUE, at, tab="overdue")) is (left < 0)
    text = seen(client, QUEUE, at)
    assert ("overdue</span>" in text.replace("\n", "")) is (left < 0)
    with time_machine.travel(at, tick=False):
        client.logout()
        sign_in(client, user)
    assert ("overdue" in seen(client, "/settings/privacy/", at)) is (left < 0)


def test_an_answer_on_the_last_evening_there_was_in_time(californian):
    californian.closed_at = datetime(2027, 1, 7, 7, 59, tzinfo=UTC)
    assert not californian.was_late()
    californian.closed_at += timedelta(minutes=1)
    assert californian.was_late()


def test_a_count_needs_a_time_with_a_zone():
    with pytest.raises(ValueError, match="time zone"):
        days_left(date(2026, 1, 1), "UTC", datetime(2026, 1, 1))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("at", "late"),
    [
        ("2026-12-09T07:59", False),  # 8 December there, the tenth working day: Thanksgiving has two holidays
        ("2026-12-09T08:00", True),
    ],
)
def test_a_request_that_nobody_took_in_time_is_late_in_the_queue_and_on_the_first_page(
    client, californian, officer, at, late
):
    assert californian.acknowledge_by == date(2026, 12, 8)
    at = datetime.fromisoformat(at).replace(tzinfo=UTC)
    with time_machine.travel(at, tick=False):
        sign_in(client, officer, mfa=True, fresh=True)
    label = "not acknowledged in time<"
    assert (label in seen(client, QUEUE, at)) is late
    assert (label in seen(client, f"{QUEUE}{californian.reference}/", at)) is late
    assert (californian.reference in seen(client, QUEUE, at, tab="late-start")) is late
    assert ("not acknowledged in time" in seen(client, "/staff/", at)) is late
    with db.use_role("staff"):
        services.take_request(californian.reference, actor=officer, now=at)
        assert not RightsRequest.objects.filter(selectors.unacknowledged_at(at)).exists()


def test_a_regime_without_that_duty_is_never_late_for_it(file_request, user, now):
    request = file_request(user)
    assert request.acknowledge_by is None
    assert not request.is_unacknowledged(now + timedelta(days=400))


def test_the_first_page_shows_no_figures_to_whoever_does_not_see_the_queue(client, californian, make_staff):
    with time_machine.travel(EARLY, tick=False):
        sign_in(client, make_staff("sam", Role.SUPPORT), mfa=True, fresh=True)
    assert "?overdue=on" not in seen(client, "/staff/", EARLY)
