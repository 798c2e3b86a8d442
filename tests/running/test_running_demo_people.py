"""Demo people come in by the doors that real people use."""

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import call_command
from django.core.management.base import CommandError

from accounts.identity.models import User
from accounts.identity.policies import roles_of
from audit import sides
from audit.models import Entry
from omegaoffice.demo import people


def test_everybody_is_made_with_role_and_second_factor(office, now):
    made = people.make_people(now)
    assert people.is_made()
    for person in (people.ADMINISTRATOR, *people.STAFF):
        user = User.objects.get(email=person.email)
        assert roles_of(user) == set(person.roles)
        assert Authenticator.objects.filter(user=user, type="totp").exists()
    for person in people.USERS:
        assert not made[person.name].is_staff
    with sides.acting("auditor"):
        assert Entry.objects.filter(event="identity.role.given").count() == 1 + len(people.STAFF)


def test_where_to_click_names_everybody(capsys):
    call_command("demo_people", where="http://localhost:8000")
    out = capsys.readouterr().out
    assert all(person.email in out for person in (*people.USERS, *people.STAFF))


def test_production_has_no_demo_people(settings):
    settings.IS_PRODUCTION = True
    with pytest.raises(CommandError, match="development only"):
        call_command("demo_people")
