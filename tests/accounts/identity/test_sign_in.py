"""Signing in through the real pages: password, mailed code, second factors, and who is turned away."""

import json
import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client

from accounts.identity.models import User
from accounts.identity.roles import Role
from accounts.identity.session_store import row_key
from audit.log.models import Entry
from core import db
from core.errors import DecryptionError
from tests.signin import set_up_totp, totp_code

LOGIN = "/accounts/login/"
PASS = "a long pass phrase"


def events(name):
    with db.use_role("auditor"):
        return list(Entry.objects.filter(event=name).order_by("id"))


def payload(entry):
    return json.loads(bytes(entry.leaf))["payload"]


def mailed_code():
    return re.search(r"^([A-Z0-9]{3,}-?[A-Z0-9]{2,})$", mail.outbox[-1].body, re.MULTILINE)[1]


@pytest.fixture
def member(make_user):
    person = make_user("omar", password=PASS)
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return person


def log_in(client, email="omar@example.org", password=PASS, **more):
    return client.post(LOGIN, {"login": email, "password": password, **more})


def is_in(client):
    return "_auth_user_id" in client.session


def test_password_signs_in_and_is_logged_without_the_address_in_thepayload(client, member):
    assert log_in(client, "OMAR@Example.org")["Location"] == "/settings/"
    [entry] = events("identity.session.started")
    assert (entry.subject, entry.outcome) == (member.reference, "ok")
    assert b"omar" not in bytes(entry.leaf)
    assert b"127.0.0.1" not in bytes(entry.leaf)
    assert UserSession.objects.get().session_key == row_key(client.session.session_key)


def test_session_key_of_before_is_worth_nothing_after_signing_in(client, member):
    planted = client.session
    planted["note"] = "known to somebody else"
    planted.save()
    before = planted.session_key
    log_in(client)
    assert is_in(client)
    assert client.session.session_key != before
    assert not Session.objects.filter(session_key=row_key(before)).exists()


def test_known_and_unknown_accounts_are_answered_alike(member):
    pages = []
    for email in ("omar@example.org", "unknown@example.org"):
        answer = log_in(Client(), email, "not the pass phrase")
        pages.append((answer.status_code, re.sub(r'value="[^"]*"|nonce="[^"]*"', "", answer.content.decode())))
    assert pages[0] == pages[1]
    for path, field in (("/accounts/login/code/", "email"), ("/accounts/password/reset/", "email")):
        answers = [Client().post(path, {field: email}) for email in ("omar@example.org", "unknown@example.org")]
        assert len({(answer.status_code, answer["Location"]) for answer in answers}) == 1


def test_signing_up_with_a_taken_address_looks_like_any_other(member):
    fields = {"password1": "quite another phrase", "password2": "quite another phrase"}
    taken = Client().post("/accounts/signup/", {"email": "omar@example.org", "username": "omar2", **fields})
    free = Client().post("/accounts/signup/", {"email": "new@example.org", "username": "newone", **fields})
    assert (taken.status_code, taken["Location"]) == (free.status_code, free["Location"])
    assert User.objects.filter(email="omar@example.org").count() == 1


def test_refused_sign_in_is_logged_for_known_and_unknown(client, member):
    log_in(client, password="wrong pass phrase")
    log_in(client, "unknown@example.org")
    known, unknown = events("identity.session.refused")
    assert (known.subject, known.outcome) == (member.reference, "refused")
    assert unknown.subject is None


def test_sixth_guess_at_a_password_is_refused_even_when_right(client, member):
    for _ in range(5):
        log_in(client, password="wrong pass phrase")
    log_in(client)
    assert not is_in(client)


def test_new_account_gets_in_after_the_mailed_code_and_its_address_is_lower_case(client, office):
    fields = {"email": "Nadia@Example.ORG", "username": "nadia", "password1": PASS, "password2": PASS}
    client.post("/accounts/signup/", fields)
    assert not is_in(client)
    code = mailed_code()
    client.post("/accounts/confirm-email/", {"code": code})
    assert is_in(client)
    assert User.objects.get().email == "nadia@example.org"
    assert [entry.event for entry in events("identity.account.created")] == ["identity.account.created"]


@pytest.mark.parametrize("name", ["a@b", "x", "x" * 41, "Admin", "ｓｔａｆｆ"])  # noqa: RUF001  wide letters on purpose
def test_user_names_that_mislead_are_refused(client, office, name):
    fields = {"email": "nadia@example.org", "username": name, "password1": PASS, "password2": PASS}
    client.post("/accounts/signup/", fields)
    assert not User.objects.exists()


def test_mailed_code_signs_in_once(client, member):
    client.post("/accounts/login/code/", {"email": "omar@example.org"})
    code = mailed_code()
    client.post("/accounts/login/code/confirm/", {"code": code})
    assert is_in(client)
    assert [payload(entry)["method"] for entry in events("identity.session.started")] == ["code"]
    other = Client()
    other.post("/accounts/login/code/confirm/", {"code": code})
    assert not is_in(other)


def test_second_factor_is_asked_for_and_logged(client, member):
    set_up_totp(member)
    assert log_in(client)["Location"] == "/accounts/2fa/authenticate/"
    assert not is_in(client)
    client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert not is_in(client)
    client.post("/accounts/2fa/authenticate/", {"code": totp_code(member)})
    assert is_in(client)
    assert [entry.subject for entry in events("identity.session.refused")] == [member.reference]
    assert payload(events("identity.session.started")[0]) == {"method": "password", "second_factor": True}


def test_staff_land_on_the_first_page_after_signing_in(client, make_staff):
    staff = make_staff("sam", Role.SUPPORT)
    staff.set_password(PASS)
    staff.save(update_fields=["password"])
    EmailAddress.objects.create(user=staff, email=staff.email, verified=True, primary=True)
    set_up_totp(staff)
    log_in(client, staff.email)
    assert client.post("/accounts/2fa/authenticate/", {"code": totp_code(staff)})["Location"] == "/staff/"


def test_mailed_code_and_reset_password_do_not_skip_the_second_factor(client, member):
    set_up_totp(member)
    client.post("/accounts/login/code/", {"email": "omar@example.org"})
    code = mailed_code()
    client.post("/accounts/login/code/confirm/", {"code": code})
    assert not is_in(client)
    browser = Client()
    browser.post("/accounts/password/reset/", {"email": "omar@example.org"})
    link = re.search(r"http://testserver(/accounts/password/reset/key/\S+)", mail.outbox[-1].body)[1]
    form = browser.get(link)["Location"]
    browser.post(form, {"password1": "a brand new phrase", "password2": "a brand new phrase"})
    assert not is_in(browser)
    log_in(browser, password="a brand new phrase")
    assert not is_in(browser)
    assert [payload(entry) for entry in events("identity.password.changed")] == [{"how": "reset"}]


def test_recovery_code_works_once(member):
    set_up_totp(member)
    code = RecoveryCodes.activate(member).generate_codes()[0]
    first, second = Client(), Client()
    for browser in (first, second):
        log_in(browser)
        browser.post("/accounts/2fa/authenticate/", {"code": code})
    assert is_in(first)
    assert not is_in(second)


def test_secrets_of_second_factors_are_not_in_the_database_in_clear(member):
    secret = generate_totp_secret()
    TOTP.activate(member, secret)
    seed = RecoveryCodes.activate(member)
    clear = {secret, *seed.generate_codes()}
    with db.connection().cursor() as cursor:
        cursor.execute("SELECT string_agg(a::text, ' ') FROM mfa_authenticator a")
        stored = cursor.fetchone()[0]
    assert not [value for value in clear if value in stored]
    assert set(seed.generate_codes()) < clear


def test_second_factor_moved_to_another_person_does_not_open(member, make_user):
    victim, thief = set_up_totp(member), set_up_totp(make_user("thief"))
    Authenticator.objects.filter(pk=victim.pk).update(data=thief.data)
    with pytest.raises(DecryptionError):
        totp_code(member)


def test_suspended_account_is_out_at_once_and_stays_out(client, member):
    log_in(client)
    assert client.get("/settings/").status_code == 200
    User.objects.filter(pk=member.pk).update(is_active=False)
    assert client.get("/settings/")["Location"].startswith(LOGIN)
    other = Client()
    assert log_in(other)["Location"] == "/accounts/inactive/"
    assert not is_in(other)
    assert payload(events("identity.session.refused")[0])["reason"] == "inactive"


def test_copied_cookie_is_worth_nothing_after_signing_out(client, member):
    log_in(client)
    thief = Client()
    thief.cookies["sessionid"] = client.cookies["sessionid"].value
    assert thief.get("/settings/").status_code == 200
    client.post("/accounts/logout/")
    assert thief.get("/settings/").status_code == 302
    assert not UserSession.objects.exists()
    assert payload(events("identity.session.ended")[0]) == {"count": 1, "reason": "signed out"}


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil.example"])
def test_signing_in_does_not_lead_to_other_sites(client, member, target):
    assert log_in(client, next=target)["Location"] == "/settings/"
