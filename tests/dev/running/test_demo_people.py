"""Demo people are made by the services that make real accounts, and sign in on the same pages."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.utils import timezone

from accounts.identity.models import User
from accounts.identity.policies import roles_of
from accounts.identity.roles import Role
from audit.log.models import Entry
from core import db
from omegaoffice.dev.demo import people


def count_entries():
    with db.use_role("auditor"):
        return Entry.objects.count()


def test_everybody_is_made_with_role_and_second_factor(office, now):
    made = people.make_people(now)
    assert people.missing_people() == []
    held = set()
    for person in people.EVERYBODY:
        found = roles_of(made[person.name])
        assert found == set(person.roles)
        assert made[person.name].is_staff == bool(person.roles)
        held |= found
    assert held == set(Role)
    with db.use_role("auditor"):
        given = sum(len(person.roles) for person in people.EVERYBODY)
        assert Entry.objects.filter(event="identity.role.given").count() == given
        assert Entry.objects.filter(event="identity.factor.added").count() == len(people.ADMINISTRATORS + people.STAFF)


def test_a_second_time_adds_nothing(office, now):
    people.make_people(now)
    entries = count_entries()
    people.make_people(now)
    assert count_entries() == entries


def test_who_was_made_by_half_is_completed(office, now, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(people, "_set_up_factor", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            people.make_people(now)
    assert set(people.ADMINISTRATORS) <= set(people.missing_people())
    people.make_people(now)
    assert people.missing_people() == []
    assert Authenticator.objects.count() == len(people.ADMINISTRATORS + people.STAFF)


def test_staff_come_in_by_password_and_code_and_users_by_password(office, now):
    people.make_people(now)
    client = Client()
    answer = client.post("/accounts/login/", {"login": "paula@example.org", "password": people.PASSWORD})
    code = format_hotp_value(hotp_value(people.TOTP_SEED, int(timezone.now().timestamp()) // 30))
    assert client.post(answer.url, {"code": code}).status_code == 302
    assert client.get("/staff/").status_code == 200

    client = Client()
    client.post("/accounts/login/", {"login": "layla@example.org", "password": people.PASSWORD})
    assert client.get("/settings/").status_code == 200
    assert client.get("/staff/").status_code != 200


def test_an_office_with_an_administrator_of_its_own_stays_as_it_is(office, now, make_staff):
    make_staff("root", Role.ADMINISTRATOR)
    with pytest.raises(CommandError, match="cannot be made in this office: There is an administrator already"):
        people.make_people(now)
    assert not User.objects.filter(is_staff=True).exclude(username="root").exists()


def test_where_to_click_names_everybody():
    out = people.where_to_click("http://localhost:8123")
    assert all(person.email in out for person in people.EVERYBODY)
    assert "http://localhost:8123/staff/" in out
    assert people.PASSWORD in out


def test_production_has_no_demo_people(settings):
    settings.IS_PRODUCTION = True
    with pytest.raises(CommandError, match="development only"):
        call_command("demo_people")
