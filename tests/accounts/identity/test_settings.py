"""The settings pages of the account: profile, methods of signing in, sessions, what needs a step-up."""

import json
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.core.context import request_context
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.usersessions.internal.flows.sessions import end_other_sessions
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.identity import home, session_store
from accounts.identity.data_categories import SESSIONS
from accounts.identity.errors import IdentityError
from accounts.identity.home import Card
from accounts.identity.models import User
from accounts.identity.services import change_profile
from accounts.identity.visitors import browser_name
from audit.log.models import Entry
from core import db
from core.registry import Listeners
from tests.signin import set_up_totp, sign_in

PASS = "a long pass phrase"


def events(name):
    with db.use_role("auditor"):
        return list(Entry.objects.filter(event=name).order_by("id"))


@pytest.mark.parametrize("name", ["overview", "profile", "security", "second_factor", "step_up"])
def test_pages_show_themselves_to_the_signed_in_alone(client, user, name):
    url = reverse(f"identity:{name}")
    assert client.get(url)["Location"] == f"/accounts/login/?next={url}"
    sign_in(client, user)
    answer = client.get(url)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(
    ("came_from", "back"),
    [
        ("http://testserver/settings/permissions/HA-1/?page=2", "/settings/permissions/HA-1/%3Fpage%3D2"),
        ("https://elsewhere.example/settings/", "/settings/"),
        (None, "{posted}"),
    ],
)
@pytest.mark.parametrize("posted", ["/settings/permissions/HA-1/end/", "/staff/humanaccess/ask/HA-1/approve/"])
def test_who_posts_after_the_session_ended_comes_back_to_the_page_of_the_form(client, posted, came_from, back):
    headers = {"Referer": came_from} if came_from else {}
    sign_in_page = client.post(posted, headers=headers)["Location"]
    assert sign_in_page.endswith(f"login/?next={back.format(posted=posted)}")


def test_overview_shows_the_cards_of_other_apps_those_that_ask_first(client, user, monkeypatch):
    cards = Listeners()
    cards.register(lambda _request: Card("One open request", "Due on Friday", "/settings/privacy/", "See it"))
    cards.register(
        lambda _request: Card("Sam asks", "for items", "/settings/permissions/", "Answer", awaits_answer=True)
    )
    cards.register(lambda _request: None)
    monkeypatch.setattr(home, "_cards", cards)
    sign_in(client, user)
    page = client.get("/settings/").content.decode()
    assert page.index("Sam asks") < page.index("One open request")


def test_a_mail_about_a_change_links_the_page_where_its_reader_can_act(client, user, settings):
    settings.OFFICE_URL = "https://office.example"
    sign_in(client, user, fresh=True)
    assert client.post("/accounts/password/set/", {"password1": PASS, "password2": PASS}).status_code == 302
    assert "\nhttps://office.example/settings/security/\n" in mail.outbox[-1].body


def test_profile_changes_language_at_once_and_is_logged(client, user):
    sign_in(client, user)
    answer = client.post("/settings/profile/", {"username": "layla h", "language": "ar", "time_zone": "Europe/Berlin"})
    assert answer.status_code == 422  # a space is not in a user name
    client.post("/settings/profile/", {"username": "layla.h", "language": "ar", "time_zone": "Europe/Berlin"})
    kept = User.objects.get()
    assert (kept.username, kept.language, kept.time_zone) == ("layla.h", "ar", "Europe/Berlin")
    assert b'dir="rtl"' in client.get("/settings/profile/").content
    [entry] = events("identity.profile.changed")
    assert json.loads(bytes(entry.leaf))["payload"] == {"fields": ["language", "time_zone", "username"]}
    assert b"layla.h" not in bytes(entry.leaf)


def test_profile_speaks_the_persons_language_in_a_new_browser(client, make_user):
    sign_in(client, make_user("omar", language="ar"))
    assert b'dir="rtl"' in client.get("/settings/").content


@pytest.mark.parametrize(
    ("field", "value"),
    [("username", "OMAR"), ("username", "a@b"), ("username", ""), ("language", "xx"), ("time_zone", "Mars/Olympus"),
     ("time_zone", "Factory"), ("time_zone", "localtime"), ("time_zone", "posixrules"), ("time_zone", "Etc/Unknown"),
     ("username", "l\u0430yla")],
)  # fmt: skip
def test_bad_profile_is_refused_with_the_field(client, user, make_user, field, value):
    make_user("omar")
    sign_in(client, user)
    good = {"username": "layla", "language": "en", "time_zone": "Asia/Dubai"}
    answer = client.post("/settings/profile/", {**good, field: value})
    assert answer.status_code == 422
    assert f'id="id_{field}_error"'.encode() in answer.content
    assert User.objects.get(pk=user.pk).username == "layla"
    assert not events("identity.profile.changed")


def test_extra_fields_in_the_profile_are_ignored(client, user):
    sign_in(client, user)
    good = {"username": "layla", "language": "ar", "time_zone": "Asia/Dubai"}
    client.post("/settings/profile/", {**good, "is_staff": "1", "is_superuser": "on", "email": "x@example.org"})
    kept = User.objects.get()
    assert (kept.is_staff, kept.is_superuser, kept.email) == (False, False, "layla@example.org")


def test_user_name_taken_meanwhile_is_refused_by_the_database(user, make_user, now):
    make_user("omar")
    with pytest.raises(IdentityError, match="username"):
        change_profile(user, username="Omar", language="en", time_zone="Asia/Dubai", now=now)
    assert not events("identity.profile.changed")


@pytest.fixture
def member(make_user):
    person = make_user("omar", password=PASS)
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return person


def log_in(email="omar@example.org"):
    browser = Client()
    browser.post("/accounts/login/", {"login": email, "password": PASS})
    return browser


def test_the_overview_asks_as_often_for_a_dozen_sessions_as_for_one(member):
    here = log_in()
    with CaptureQueriesContext(connections["default"]) as one:
        here.get("/settings/")
    for _ in range(11):
        log_in()
    with CaptureQueriesContext(connections["default"]) as dozen:
        assert "Signed in at 12 places." in here.get("/settings/").content.decode()
    assert len(dozen) == len(one)


def test_one_session_is_ended_from_another(member):
    here, there = log_in(), log_in()
    page = here.get("/settings/security/")
    [row] = [row for row in page.context["sessions"] if not row.is_this_one]
    here.post(f"/settings/security/sessions/{row.id}/end/")
    assert there.get("/settings/").status_code == 302
    assert here.get("/settings/").status_code == 200
    assert events("identity.session.ended")[0].subject == member.reference


def test_all_other_sessions_are_ended_and_allauths_page_leads_to_ours(member):
    here, there, elsewhere = log_in(), log_in(), log_in()
    here.post("/settings/security/sessions/end/")
    assert (there.get("/settings/").status_code, elsewhere.get("/settings/").status_code) == (302, 302)
    assert here.get("/settings/").status_code == 200
    assert here.get("/accounts/sessions/")["Location"] == "/settings/security/"
    assert len(events("identity.session.ended")) == 1


def test_where_allauth_ends_the_other_sessions_all_end(member, rf):
    there, elsewhere = log_in(), log_in()
    request = rf.get("/")
    request.user, request.session = member, there.session
    with request_context(request):
        end_other_sessions(request, member)
    assert (there.get("/settings/").status_code, elsewhere.get("/settings/").status_code) == (302, 302)


def test_the_list_of_sessions_follows_a_new_cookie_and_forgets_what_is_over(member):
    here, there = log_in(), log_in()
    listed = here.get("/settings/security/").context["sessions"]
    here.post("/settings/step-up/", {"way": "password", "password": PASS})
    there.post("/settings/step-up/", {"way": "password", "password": PASS})
    there.post("/accounts/password/change/", {"oldpassword": PASS, "password1": PASS * 2, "password2": PASS * 2})
    [row] = there.get("/settings/security/").context["sessions"]
    assert row.is_this_one
    assert row.id == listed[1].id
    assert here.get("/settings/").status_code == 302
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert UserSession.objects.count() == 2
    Client().post("/accounts/login/", {"login": member.email, "password": PASS * 2})
    assert UserSession.objects.count() == 1
    assert "goes when you next sign in" in str(SESSIONS.retention)


def test_another_persons_session_is_not_found(member, client, user):
    theirs = log_in()
    row = theirs.get("/settings/security/").context["sessions"][0]
    sign_in(client, user)
    assert client.post(f"/settings/security/sessions/{row.id}/end/").status_code == 404
    assert theirs.get("/settings/").status_code == 200


def test_session_that_stepped_up_can_still_be_ended(member):
    here, there = log_in(), log_in()
    there.post("/settings/step-up/", {"way": "password", "password": PASS})
    here.post("/settings/security/sessions/end/")
    assert there.get("/settings/").status_code == 302


@pytest.mark.parametrize(
    ("method", "name"),
    [
        ("get", "mfa_activate_totp"),
        ("get", "mfa_add_webauthn"),
        ("get", "account_set_password"),
        ("post", "account_email"),
        ("post", "socialaccount_connections"),
        ("post", "google_login"),
    ],
)
def test_weighty_pages_of_allauth_ask_social_only_users_for_a_step_up(client, user, method, name):
    sign_in(client, user)
    assert getattr(client, method)(reverse(name))["Location"].startswith("/settings/step-up/")


def test_recovery_codes_are_shown_after_a_step_up_alone(client, user):
    set_up_totp(user)
    sign_in(client, user, mfa=True)
    assert client.get("/accounts/2fa/recovery-codes/generate/").status_code == 302
    sign_in(client, user, mfa=True, fresh=True)
    assert client.get("/accounts/2fa/recovery-codes/generate/").status_code == 200


def test_allauths_own_confirmation_pages_lead_to_ours(client, member):
    sign_in(client, member)
    answer = client.get("/accounts/reauthenticate/?next=/settings/security/")
    assert answer["Location"] == "/settings/step-up/?next=%2Fsettings%2Fsecurity%2F"


def test_second_factor_is_set_up_and_removed_and_both_are_logged(client, member):
    sign_in(client, member, fresh=True)
    page = client.get("/accounts/2fa/totp/activate/")
    secret = page.context["form"].secret
    code = format_hotp_value(hotp_value(secret, int(timezone.now().timestamp()) // 30))
    client.post("/accounts/2fa/totp/activate/", {"code": code})
    assert Authenticator.objects.filter(user=member, type="totp").exists()
    client.post("/accounts/2fa/totp/deactivate/")
    assert not Authenticator.objects.filter(user=member).exists()
    kinds = [json.loads(bytes(entry.leaf))["payload"]["kind"] for entry in events("identity.factor.added")]
    assert sorted(kinds) == ["recovery_codes", "totp"]
    assert len(events("identity.factor.removed")) == 2


def test_overview_says_how_the_account_is_protected(client, user):
    sign_in(client, user)
    assert b"No second step guards" in client.get("/settings/").content
    set_up_totp(user)
    assert b"No second step guards" not in client.get("/settings/").content


WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
CHROME = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/131.0.0.0 Safari/537.36"
IPHONE = f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) {WEBKIT} Version/17.5 Mobile/15E148 Safari/604.1"


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (CHROME, "Chrome on Windows"),
        (IPHONE, "Safari on iOS"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:133.0) Gecko/20100101 Firefox/133.0", "Firefox on macOS"),
        ("curl/8.5", "curl"),
        ("<b>x", "Unknown browser"),
        ("", "Unknown browser"),
    ],
)
def test_a_session_is_named_by_browser_and_system(header, name):
    assert browser_name(header) == name


def test_a_sessions_last_use_is_noted_every_ten_minutes(member, time_machine, monkeypatch):
    monkeypatch.setattr(session_store, "_noted", {})
    here = Client(headers={"user-agent": CHROME})
    here.post("/accounts/login/", {"login": member.email, "password": PASS})
    began = UserSession.objects.get().last_seen_at

    def seen_after(minutes):
        time_machine.move_to(began + timedelta(minutes=minutes), tick=False)
        page = here.get("/settings/security/").content.decode()
        assert "Chrome on Windows" in page
        return UserSession.objects.get().last_seen_at - began

    assert seen_after(9) == timedelta()
    assert seen_after(11) == timedelta(minutes=11)
    assert seen_after(20) == timedelta(minutes=11)
    assert seen_after(22) == timedelta(minutes=22)


def test_time_zones_are_found_by_place_with_their_offset(client, make_user):
    sign_in(client, make_user("layla", time_zone="Asia/Calcutta"))
    page = client.get("/settings/profile/").content.decode()
    assert '<option value="Asia/Calcutta" selected>Kolkata (UTC+05:30)</option>' in page
    assert '<optgroup label="Asia">' in page
    assert '<option value="Asia/Dubai">Dubai (UTC+04:00)</option>' in page
    assert "Factory" not in page
    assert "US/Pacific" not in page
