"""Fixtures for all tests: people, an office whose commits are real, the time."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, settings as property_settings

from audit.log.actors import Actor

# A busy machine is no fault of the code: how long drawing and running an example take proves nothing.
_patient = property_settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
property_settings.register_profile("office", _patient)
property_settings.register_profile("short", _patient, max_examples=250)  # the gate
property_settings.register_profile("fuzz", _patient, max_examples=1000)  # `make fuzz`
property_settings.load_profile("office")

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def django_db_setup(clone, django_db_blocker):
    """Put our clone in the place of Django's test database."""
    from django.test import TransactionTestCase

    def renew(self: TransactionTestCase) -> None:
        clone.renew()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", renew)
        yield


@pytest.fixture
def office(transactional_db):
    """A fresh office: real PostgreSQL, a connection for each database role, real commits."""


@pytest.fixture
def now():
    """A fixed instant, aware, in UTC."""
    return NOW


@pytest.fixture
def make_user(office):
    """Make a user: `make_user("layla")`."""
    from accounts.identity.models import User
    from core import db

    def make(name="layla", **fields):
        fields = {"username": name, "email": f"{name}@example.org", **fields}
        password = fields.pop("password", None)
        user = User(**fields)
        if password:
            user.set_password(password)
        else:
            user.set_unusable_password()
        with db.use_role("default"):
            user.save()
        return user

    return make


@pytest.fixture
def user(make_user):
    """A data subject."""
    return make_user("layla")


@pytest.fixture
def make_staff(make_user):
    """Make a member of staff with confirmed roles: `make_staff("sam", Role.SUPPORT)`."""
    from accounts.identity.models import RoleAssignment
    from core import db

    def make(name, *roles, **fields):
        person = make_user(name, is_staff=True, **fields)
        # As the owner, who may say when a role counts: nobody here waits for a second administrator.
        with db.use_role("owner"):
            for role in roles:
                RoleAssignment.objects.create(
                    user=person,
                    role=role,
                    given_by="0" * 32,
                    given_at=NOW,
                    confirmed_by="0" * 32,
                    confirmed_at=NOW,
                    effective_at=NOW,
                )
        return person

    return make


@pytest.fixture
def machine():
    """One of our own processes, as an actor."""
    return Actor("machine", "test")
