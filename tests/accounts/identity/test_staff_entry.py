"""Entering the staff site: nobody does without a role and a second factor used in this very session."""

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from accounts.identity.models import RoleAssignment, User
from accounts.identity.roles import Role
from core import db
from tests.conftest import NOW
from tests.signin import set_up_totp, sign_in, totp_code

STAFF_SITE = "/staff/"


@pytest.fixture
def officer(make_staff):
    return make_staff("sam", Role.PRIVACY_OFFICER)


def enter(client, path=STAFF_SITE):
    """Follow the first two redirects and return where they end."""
    answer = client.get(path)
    if answer.status_code == 302 and answer["Location"].startswith("/staff/login/"):
        answer = client.get(answer["Location"])
    return answer


def test_nobody_is_led_to_the_one_sign_in(client, office):
    assert enter(client)["Location"] == "/accounts/login/?next=%2Fstaff%2F"
    assert client.post("/staff/login/", {"username": "sam", "password": "x"})["Location"].startswith("/accounts/login/")


def test_user_is_refused(client, user):
    sign_in(client, user, mfa=True)
    assert enter(client).status_code == 403


def test_staff_without_a_second_factor_are_led_to_set_one_up(client, officer):
    sign_in(client, officer)
    assert enter(client)["Location"] == "/settings/security/second-factor/"
    assert b"/accounts/2fa/totp/activate/" in client.get("/settings/security/second-factor/").content


def test_staff_who_did_not_use_theirs_in_this_session_are_asked_for_it(client, officer):
    set_up_totp(officer)
    sign_in(client, officer)
    to_step_up = enter(client)["Location"]
    assert to_step_up == "/settings/step-up/?next=%2Fstaff%2F"
    answer = client.post("/settings/step-up/", {"code": totp_code(officer), "next": STAFF_SITE})
    assert client.get(answer["Location"]).status_code == 200


def test_staff_with_their_second_factor_enter(client, officer):
    sign_in(client, officer, mfa=True)
    assert client.get(STAFF_SITE).status_code == 200


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_staff": False}])
def test_suspension_and_leaving_count_at_the_next_request(client, officer, change):
    sign_in(client, officer, mfa=True)
    client.get(STAFF_SITE)
    User.objects.filter(pk=officer.pk).update(**change)
    assert client.get(STAFF_SITE).status_code == 302


@pytest.mark.parametrize("change", [{"ended_at": NOW}, {"effective_at": None}])
def test_role_taken_away_counts_at_the_next_request(client, officer, change):
    sign_in(client, officer, mfa=True)
    with db.use_role("owner"):
        RoleAssignment.objects.update(**change)
    assert enter(client).status_code == 403


def test_second_factor_that_was_removed_counts_no_more(client, officer):
    sign_in(client, officer, mfa=True)
    Authenticator.objects.all().delete()
    assert client.get(STAFF_SITE).status_code == 302


def test_superuser_without_a_role_is_nobody(client, make_user):
    sign_in(client, make_user("root", is_staff=True, is_superuser=True), mfa=True)
    assert enter(client).status_code == 403


def test_somebody_elses_second_factor_does_not_count(client, officer, make_staff):
    other = make_staff("mallory", Role.SUPPORT)
    set_up_totp(officer)
    sign_in(client, other)
    session = client.session
    session["account_authentication_methods"] = [
        {"method": "mfa", "at": 1, "id": Authenticator.objects.get().pk, "type": "totp"}
    ]
    session.save()
    assert client.get(STAFF_SITE).status_code == 302


def test_password_page_of_the_admin_is_the_projects_own(client, officer):
    sign_in(client, officer, mfa=True)
    assert client.get("/staff/password_change/")["Location"] == "/accounts/password/change/"


def test_signing_out_on_a_staff_page_ends_the_session(client, officer):
    sign_in(client, officer, mfa=True)
    thief = Client()
    thief.cookies["sessionid"] = client.cookies["sessionid"].value
    client.post("/staff/logout/")
    assert thief.get(STAFF_SITE).status_code == 302
