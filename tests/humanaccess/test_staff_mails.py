"""Mails to staff about what waits: one in ten minutes, none lost, none to who lost the role, no personal data."""

import os
import signal
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.db import connections
from django.test import Client

from accounts.identity.models import RoleAssignment, StaffMail
from accounts.identity.roles import Role
from accounts.identity.services import mail_staff
from accounts.identity.working_hours import working_time
from core import db
from rights import services as rights
from rights.states import Kind
from tests.signin import sign_in

MINUTE = timedelta(minutes=1)


@pytest.fixture
def now():
    """A Monday, half past nine in Dubai: working hours have begun."""
    return datetime(2026, 11, 23, 5, 30, tzinfo=UTC)


def receive(user, at):
    with db.use_role("default"):
        return rights.receive_request(user, kind=Kind.ACCESS, identified=True, now=at)


def sweep(at):
    with db.use_role("worker"):
        return mail_staff(at)


def told():
    """Return who was mailed since the last call, and empty the mailbox."""
    found = sorted(message.to[0].partition("@")[0] for message in mail.outbox)
    mail.outbox.clear()
    return found


def test_two_hundred_requests_in_ten_minutes_are_one_mail_each_to_five_people(make_staff, make_user, now):
    for name in ("omar", "olga", "otto", "odin", "oona"):
        make_staff(name, Role.PRIVACY_OFFICER)
    users = [make_user(f"user{number}") for number in range(200)]
    for minute in range(10):
        for user in users[minute * 20 : minute * 20 + 20]:
            receive(user, now + minute * MINUTE)
        sweep(now + minute * MINUTE)
    assert told() == ["odin", "olga", "omar", "oona", "otto"]
    sweep(now + 10 * MINUTE)
    messages = list(mail.outbox)
    assert told() == ["odin", "olga", "omar", "oona", "otto"]
    assert messages[0].subject == "180 things wait for you in the office"
    assert "180 \N{MULTIPLICATION SIGN} Rights requests" in messages[0].body
    assert "/staff/" in messages[0].body
    assert not any(user.username in messages[0].body for user in users)
    sweep(now + 30 * MINUTE)
    assert told() == []


def test_a_mail_that_was_not_sent_is_tried_again_after_the_pause(make_staff, user, now, monkeypatch):
    make_staff("omar", Role.PRIVACY_OFFICER)
    receive(user, now)
    with monkeypatch.context() as broken:
        broken.setattr("django.core.mail.EmailMessage.send", lambda _mail: 1 / 0)
        assert sweep(now) == 0
    assert sweep(now + MINUTE) == 0
    assert sweep(now + 11 * MINUTE) == 1
    assert told() == ["omar"]


@pytest.mark.parametrize("after_sending", [False, True])
def test_a_worker_killed_before_it_notes_the_mail_loses_nothing(make_staff, user, now, monkeypatch, after_sending):
    make_staff("omar", Role.PRIVACY_OFFICER)
    receive(user, now)
    connections.close_all()
    child = os.fork()
    if not child:  # the worker: kill -9 while it talks to the mail server
        send = EmailMessage.send
        monkeypatch.setattr(
            EmailMessage, "send", lambda one: (after_sending and send(one), os.kill(os.getpid(), signal.SIGKILL))
        )
        sweep(now)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    with db.use_role("worker"):
        assert StaffMail.objects.get().tried_at == now
    assert sweep(now + MINUTE) == 0
    assert sweep(now + 11 * MINUTE) == 1
    assert told() == ["omar"]


def test_who_lost_the_role_meanwhile_gets_nothing(make_staff, user, now, monkeypatch):
    omar = make_staff("omar", Role.PRIVACY_OFFICER)
    receive(user, now)

    def lose_role(_person, _waiting, _rows, _now):
        with db.use_role("owner"):
            RoleAssignment.objects.filter(user=omar).update(ended_at=now)
        return {}

    monkeypatch.setattr("accounts.identity.services.staff_mails._escalated", lose_role)
    assert sweep(now) == 0
    assert told() == []


def test_each_thing_is_told_once_and_again_when_it_waits_again(make_staff, user, now):
    omar = make_staff("omar", Role.PRIVACY_OFFICER)
    request = receive(user, now)
    sweep(now)
    assert told() == ["omar"]
    with db.use_role("staff"):
        rights.take_request(request.reference, actor=omar, now=now)
    sweep(now + 11 * MINUTE)
    assert told() == ["omar"]  # another act waits: to start
    sweep(now + 22 * MINUTE)
    assert told() == []


def test_a_deadline_that_is_seven_days_off_is_told_once_more(make_staff, user, now):
    make_staff("omar", Role.PRIVACY_OFFICER)
    request = receive(user, now)
    sweep(now)
    assert "due within seven days" not in mail.outbox[0].body
    assert told() == ["omar"]
    near = request.due_at - timedelta(days=7)
    sweep(near - MINUTE)
    assert told() == []
    sweep(near + MINUTE)
    assert "1 of them is due within seven days." in mail.outbox[0].body
    assert told() == ["omar"]
    sweep(near + 12 * MINUTE)
    assert told() == []


def test_colleagues_are_told_after_four_working_hours(make_staff, user, now):
    omar = make_staff("omar", Role.PRIVACY_OFFICER)
    request = receive(user, now)
    with db.use_role("staff"):
        rights.take_request(request.reference, actor=omar, now=now)
    sweep(now)
    assert told() == ["omar"]
    make_staff("olga", Role.PRIVACY_OFFICER)
    sweep(now + timedelta(hours=3))
    assert told() == []
    sweep(now + timedelta(hours=4, minutes=1))
    message = mail.outbox[0]
    assert told() == ["olga"]
    assert "waits with a colleague" in message.body
    assert user.username not in message.body


def test_mails_are_switched_off_by_list_but_not_what_may_be_tampering(make_staff, user, now, monkeypatch):
    ari = make_staff("ari", Role.AUDITOR)
    omar = make_staff("omar", Role.PRIVACY_OFFICER)
    client = sign_in(Client(), omar, mfa=True, fresh=True)
    page = client.get("/settings/work-mails/").content.decode()
    assert "Rights requests" in page
    assert "Possible tampering" not in page
    assert client.post("/settings/work-mails/", {"log": "on", "approvals": "on"}).status_code == 302
    assert sign_in(Client(), ari, mfa=True).post("/settings/work-mails/", {}).status_code == 302
    assert sign_in(Client(), user).get("/settings/work-mails/").status_code == 404
    with db.use_role("worker"):
        assert StaffMail.objects.get(subject=omar.reference).muted == [
            "reads",
            "rights",
            "rights.orders",
            "rights.sign_off",
            "terms.announcements",
            "terms.reviews",
            "terms.versions",
        ]
    receive(user, now)
    sweep(now)
    assert told() == []
    monkeypatch.setattr("omegaoffice.waiting.log_faults", lambda: ["A witness knows another history."])
    sweep(now + MINUTE)
    assert told() == ["ari"]


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-11-23T09:00", "2026-11-23T13:00", 4),
        ("2026-11-20T16:00", "2026-11-23T10:00", 2),  # over a weekend
        ("2026-11-21T09:00", "2026-11-22T17:00", 0),
        ("2026-11-23T18:00", "2026-11-24T08:00", 0),
        ("2026-11-23T08:00", "2026-11-24T18:00", 16),
        ("2026-11-24T08:00", "2026-11-23T18:00", 0),
    ],
)
def test_working_time_is_counted_from_nine_to_five_on_weekdays(start, end, hours):
    zone = ZoneInfo("Asia/Dubai")
    begin, finish = (datetime.fromisoformat(at).replace(tzinfo=zone) for at in (start, end))
    assert working_time(begin, finish, zone) == timedelta(hours=hours)
