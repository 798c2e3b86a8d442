"""Step-up: every method, who may use which, and what it leaves behind."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.core import mail
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from accounts.identity.session_store import row_key
from accounts.identity.step_up.recent_step_up import (
    Method,
    Purpose,
    methods_for,
    recently_reauthenticated,
    step_up_required,
    step_up_url,
)
from audit.log.models import Entry
from core import db
from tests.signin import set_up_totp, sign_in, totp_code

URL = "/settings/step-up/"


def _events(name):
    with db.use_role("auditor"):
        return list(Entry.objects.filter(event=name).order_by("id"))


def _mailed_code():
    return re.search(r"^\s+(\d{6})$", mail.outbox[-1].body, re.MULTILINE)[1]


def _purposes(session):
    return [record.get("purpose") for record in session["account_authentication_methods"]]


def _fresh(client):
    return "act" in _purposes(client.session)


def _session(person, at, **facts):
    record = {"method": "mail", "at": at.timestamp(), "reauthenticated": True, "purpose": "act", **facts}
    return {"account_authentication_methods": [record], "account_authentication_methods_user": str(person.pk)}


def test_user_without_password_steps_up_by_a_mailed_code(client, user):
    sign_in(client, user)
    assert b"password" not in client.get(URL).content.lower().split(b"<h1>")[1]
    client.post(URL, {"way": "mail", "send": "1", "next": "/settings/letters/"})
    answer = client.post(URL, {"way": "mail", "code": _mailed_code(), "next": "/settings/letters/"})
    assert (answer.status_code, answer["Location"]) == (302, "/settings/letters/")
    assert _fresh(client)
    assert [entry.subject for entry in _events("identity.stepup.passed")] == [user.reference]


def test_mailed_code_works_once_and_in_its_own_session_only(client, user):
    sign_in(client, user)
    client.post(URL, {"way": "mail", "send": "1"})
    code = _mailed_code()
    elsewhere = sign_in(Client(), user)
    assert elsewhere.post(URL, {"way": "mail", "code": code}).status_code == 422
    assert client.post(URL, {"way": "mail", "code": code}).status_code == 302
    assert client.post(URL, {"way": "mail", "code": code}).status_code == 422


def test_mailed_code_dies_after_five_wrong_tries(client, user):
    sign_in(client, user)
    client.post(URL, {"way": "mail", "send": "1"})
    code = _mailed_code()
    wrong = "000000" if code != "000000" else "111111"
    for _ in range(5):
        assert client.post(URL, {"way": "mail", "code": wrong}).status_code == 422
    assert client.post(URL, {"way": "mail", "code": code}).status_code == 422
    assert not _fresh(client)
    assert {entry.outcome for entry in _events("identity.stepup.refused")} == {"refused"}


def test_mailed_code_dies_after_ten_minutes(client, user):
    sign_in(client, user)
    client.post(URL, {"way": "mail", "send": "1"})
    code = _mailed_code()
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=11)):
        assert client.post(URL, {"way": "mail", "code": code}).status_code == 422


@pytest.mark.parametrize("code", ["", "12345", "abcdef", "1" * 500, "12 34 56 7"])
def test_what_is_no_code_is_answered_with_the_rule(client, user, code):
    sign_in(client, user)
    answer = client.post(URL, {"way": "mail", "code": code})
    assert answer.status_code == 422
    assert b'id="id_code_error"' in answer.content


def test_codes_are_not_sent_without_end(client, user):
    sign_in(client, user)
    answers = [client.post(URL, {"way": "mail", "send": "1"}).status_code for _ in range(4)]
    assert answers == [302, 302, 302, 429]
    assert len(mail.outbox) == 3


def test_password_steps_up_and_a_wrong_one_does_not(client, make_user):
    person = make_user("omar", password="a long pass phrase")
    sign_in(client, person)
    assert client.post(URL, {"way": "password", "password": "not it at all"}).status_code == 422
    assert not _fresh(client)
    assert client.post(URL, {"way": "password", "password": "a long pass phrase"}).status_code == 302
    assert _fresh(client)


def test_second_factor_is_not_bypassed_by_mailbox_or_password(client, make_user):
    person = make_user("omar", password="a long pass phrase")
    set_up_totp(person)
    sign_in(client, person)
    client.post(URL, {"way": "mail", "send": "1"})
    client.post(URL, {"way": "password", "password": "a long pass phrase"})
    assert mail.outbox == []
    assert not _fresh(client)
    assert client.post(URL, {"way": "authenticator", "code": totp_code(person)}).status_code == 302
    assert _fresh(client)


def test_authenticator_code_is_refused_the_second_time(client, user):
    set_up_totp(user)
    sign_in(client, user)
    code = totp_code(user)
    assert client.post(URL, {"code": code}).status_code == 302
    assert client.post(URL, {"code": code}).status_code == 422


def test_session_key_changes_and_the_old_one_is_worth_nothing(client, user):
    sign_in(client, user)
    set_up_totp(user)
    before = client.session.session_key
    client.post(URL, {"code": totp_code(user)})
    assert client.session.session_key != before
    assert not Session.objects.filter(session_key=row_key(before)).exists()


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example/", "javascript:alert(1)", "/\\evil.example"]
)
def test_other_sites_are_not_gone_on_to(client, user, target):
    set_up_totp(user)
    sign_in(client, user)
    answer = client.post(URL, {"code": totp_code(user), "next": target})
    assert answer["Location"] == "/settings/"


def test_a_step_up_counts_no_more_after_ten_minutes_and_belongs_to_one_person(user, make_user, rf):
    now = timezone.now()
    request = rf.get("/")
    request.user, request.session = user, _session(user, now)
    assert recently_reauthenticated(request, now + timedelta(minutes=9))
    assert not recently_reauthenticated(request, now + timedelta(minutes=10))
    assert not recently_reauthenticated(request, now - timedelta(seconds=1))
    request.user = make_user("omar")
    assert not recently_reauthenticated(request, now)


def test_decorator_leads_to_step_up_and_lets_through_who_stepped_up(client, user, rf):
    view = step_up_required(lambda _request: HttpResponse("done"))
    request = rf.get("/settings/privacy/?a=1")
    request.user, request.session = user, {}
    assert view(request)["Location"] == step_up_url("/settings/privacy/?a=1")
    request = rf.post("/settings/privacy/file/", headers={"referer": "http://testserver/settings/privacy/new/"})
    request.user, request.session = user, {}
    assert view(request)["Location"] == step_up_url("/settings/privacy/new/")
    request.session = _session(user, timezone.now())
    assert view(request).content == b"done"


def test_sign_in_helper_steps_up(client, user):
    sign_in(client, user, fresh=True)
    assert _fresh(client)


def test_session_content_is_encrypted_at_rest(client, user):
    sign_in(client, user)
    client.post(URL, {"way": "mail", "send": "1"})
    row = Session.objects.get(session_key=row_key(client.session.session_key))
    assert user.reference not in row.session_data
    assert bytes.fromhex(row.session_data).find(b"_auth_user_id") == -1
    other = sign_in(Client(), user)
    Session.objects.filter(session_key=row_key(other.session.session_key)).update(session_data=row.session_data)
    assert other.get("/settings/letters/").status_code == 302


def test_methods_are_offered_best_first(user):
    kinds = Authenticator.Type
    assert methods_for(user) == [Method.MAIL]
    Authenticator.objects.create(user=user, type=kinds.WEBAUTHN, data={})
    assert methods_for(user) == [Method.PASSKEY]
    Authenticator.objects.create(user=user, type=kinds.RECOVERY_CODES, data={})
    assert methods_for(user) == [Method.PASSKEY, Method.AUTHENTICATOR]
    set_up_totp(user)
    assert methods_for(user) == [Method.AUTHENTICATOR, Method.PASSKEY]


def test_a_step_up_to_read_is_remembered_for_an_hour_and_for_reading_alone(rf, user, now):
    request = rf.get("/")
    request.user = user
    for purpose, acts in (("read", False), ("act", True)):
        request.session = _session(user, now, purpose=purpose)
        assert recently_reauthenticated(request, now + timedelta(minutes=9)) is acts
        assert recently_reauthenticated(request, now + timedelta(minutes=59), Purpose.READ)
        assert not recently_reauthenticated(request, now + timedelta(minutes=60), Purpose.READ)
        assert not recently_reauthenticated(request, now + timedelta(minutes=59))
        request.session["account_authentication_methods_user"] = "0" * 32
        assert not recently_reauthenticated(request, now, Purpose.READ)


@pytest.mark.parametrize("facts", [{"purpose": None}, {"purpose": "sign-in"}, {"reauthenticated": False}])
def test_a_record_of_a_sign_in_or_without_purpose_is_no_step_up(rf, user, now, facts):
    request = rf.get("/")
    request.user, request.session = user, _session(user, now, **facts)
    assert not recently_reauthenticated(request, now)
    assert not recently_reauthenticated(request, now, Purpose.READ)


@pytest.mark.parametrize("wanted", ["read", "act", "", "everything"])
def test_the_step_up_page_carries_along_what_it_is_for(make_user, client, wanted):
    person = make_user("noor", password="a long pass phrase")
    sign_in(client, person)
    page = client.get("/settings/step-up/", {"for": wanted, "next": "/settings/privacy/"}).content.decode()
    reads = wanted == "read"
    assert ("It holds for an hour" in page) is reads
    answer = {"way": "password", "password": "a long pass phrase", "for": wanted, "next": "/settings/privacy/"}
    assert client.post("/settings/step-up/", {**answer, "password": "wrong"}).status_code == 422
    assert client.post("/settings/step-up/", answer)["Location"] == "/settings/privacy/"
    assert _purposes(client.session)[-1] == ("read" if reads else "act")
    assert "office_step_up_purpose" not in client.session


def test_a_mailed_code_for_reading_serves_reads_alone(user, client):
    sign_in(client, user)
    sent = client.post("/settings/step-up/", {"way": "mail", "send": "1", "for": "read", "next": "/settings/"})
    assert "for=read" in sent["Location"]
    assert 'name="for" value="read"' in client.get(sent["Location"]).content.decode()
