"""The data categories of identity: what is counted and exported, and what is given to nobody."""

import json

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession

from accounts.identity import data_categories
from accounts.identity.models import RoleAssignment
from accounts.identity.roles import Role
from accounts.identity.session_store import row_key
from accounts.personaldata import categories
from core import db
from tests.authorisations import step_entry
from tests.signin import set_up_totp, sign_in

NAMES = ["identity.account", "identity.provider_ids", "identity.second_factors", "identity.sessions"]


@pytest.fixture
def member(make_staff, client):
    person = make_staff("layla", Role.SUPPORT, password="a long pass phrase")
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    SocialAccount.objects.create(user=person, provider="google", uid="1234567890", extra_data={"name": "Layla H."})
    set_up_totp(person)
    RecoveryCodes.activate(person)
    sign_in(client, person)
    key = row_key(client.session.session_key)
    UserSession.objects.create(user=person, session_key=key, ip="192.0.2.7", user_agent="Firefox")
    return person


def category(name):
    return next(category for category in categories.data_categories() if category.name == name)


def export(name, person, now):
    entry = step_entry(person.reference, now)
    with db.use_role("worker"):
        return list(category(name).export(person.reference, entry))


@pytest.mark.parametrize(("name", "count"), list(zip(NAMES, [1, 1, 2, 1], strict=True)))
def test_what_is_counted_is_exported_with_the_declared_fields(member, make_user, now, name, count):
    rows = export(name, member, now)
    with db.use_role("worker"):
        assert category(name).count(member.reference) == len(rows) == count
        assert category(name).count("f" * 32) == 0
    for row in rows:
        assert set(row) == set(category(name).fields)
    assert len(export(name, make_user("omar"), now)) == (1 if name == "identity.account" else 0)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("role", ["default", "worker", "staff"])
def test_counting_needs_no_grant_for_any_role(member, name, role):
    with db.use_role(role):
        found = category(name).count(member.reference)
        # Staff see no count of fewer than five sessions.
        assert found == 0 if (role, name) == ("staff", "identity.sessions") else found > 0


def test_credentials_are_in_no_export(member, client, now):
    everything = json.dumps([export(name, member, now) for name in NAMES])
    totp, codes = member.authenticator_set.order_by("pk")
    for secret in (
        member.password,
        totp.data["secret"],
        codes.data["seed"],
        *codes.wrap().generate_codes(),
        client.session.session_key,
    ):
        assert secret not in everything
    assert "Layla H." not in everything
    assert '"1234567890"' in everything
    assert '"192.0.2.7"' in everything


def test_sessions_are_not_seen_by_the_worker_without_an_entry(member, make_user, now):
    with db.use_role("worker"):
        assert not UserSession.objects.exists()
    entry = step_entry(make_user("omar").reference, now)
    with db.use_role("worker"), db.authorised_by(member.reference, entry):
        assert not UserSession.objects.exists()


def test_declarations_say_everything_that_article_15_asks():
    for category in (
        data_categories.ACCOUNT,
        data_categories.PROVIDER_IDS,
        data_categories.SECOND_FACTORS,
        data_categories.SESSIONS,
    ):
        assert all(str(text) for text in (*category.purposes, *category.processors, category.legal_basis))
        assert category.processors
        assert str(category.retention)
        assert str(category.source)
    assert data_categories.SESSIONS.restricted


def test_roles_that_ended_are_exported_too(member, now):
    with db.use_role("staff"):
        RoleAssignment.objects.update(ended_at=now)
    [row] = export("identity.account", member, now)
    assert row["roles"][0]["ended_at"] == "2026-11-23T09:30:00.000000Z"
