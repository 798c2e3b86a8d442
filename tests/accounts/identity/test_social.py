"""Signing in with Google and GitHub: every redirect, against the practice provider's process."""

import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client

from accounts.identity.models import User
from accounts.identity.session_store import SessionStore, row_key
from audit.log.models import Entry
from core import db
from tests.dev.practice.provider import LAYLA, OMAR, query_of, retarget
from tests.signin import set_up_totp, sign_in, totp_code

ID = {"google": "100000000000000000001", "github": "9000001"}


@pytest.fixture
def provider(practice, office, settings, monkeypatch):
    """The practice provider, with allauth pointed at it."""
    retarget(monkeypatch, practice.base_url)
    merged = {name: {**settings.SOCIALACCOUNT_PROVIDERS[name], **parts} for name, parts in practice.settings.items()}
    settings.SOCIALACCOUNT_PROVIDERS = merged
    return practice


def path_of(url):
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def changed(url, **values):
    return f"{urlsplit(url).path}?{urlencode({**query_of(url), **values})}"


def dance(client, provider, vendor, who=LAYLA, **fields):
    """Follow the redirects from the button to the callback, and return its response."""
    away = client.post(f"/accounts/{vendor}/login/", fields)["Location"]
    return client.get(path_of(provider.sign_in(away, who)))


def is_in(client):
    return "_auth_user_id" in client.session


@pytest.mark.parametrize("vendor", ["google", "github"])
def test_newcomer_gets_an_account_with_the_providers_id_and_nothing_of_the_profile(client, provider, vendor):
    answer = dance(client, provider, vendor)
    assert answer["Location"] == "/settings/"
    assert is_in(client)
    person = User.objects.get()
    assert (person.email, person.username) == (LAYLA, "layla")
    assert not person.has_usable_password()
    kept = SocialAccount.objects.get()
    assert (kept.provider, kept.uid, kept.extra_data) == (vendor, ID[vendor], {})
    assert EmailAddress.objects.get().email == LAYLA
    assert not SocialToken.objects.using("owner").exists()
    with db.use_role("auditor"):
        names = list(Entry.objects.order_by("id").values_list("event", flat=True))
    kept = ["connections.github.stored"] * (vendor == "github")
    assert names == ["identity.account.created", "identity.session.started", *kept]


@pytest.mark.parametrize("vendor", ["google", "github"])
def test_coming_back_meets_the_same_account(provider, vendor):
    for _ in range(2):
        browser = Client()
        dance(browser, provider, vendor)
        assert is_in(browser)
    assert User.objects.count() == SocialAccount.objects.count() == 1


def test_state_and_pkce_travel_and_a_foreign_state_is_refused(client, provider):
    away = client.post("/accounts/google/login/")["Location"]
    query = parse_qs(urlsplit(away).query)
    assert query["code_challenge_method"] == ["S256"]
    assert set(query["scope"][0].split()) == {"openid", "email"}
    back = provider.sign_in(away)
    victim = Client()
    assert victim.get(path_of(back)).status_code in {200, 401, 403}
    assert not is_in(victim)
    client.get(changed(back, state="somebody-elses"))
    assert not is_in(client)


def test_code_asked_for_elsewhere_fails_for_want_of_its_verifier(client, provider):
    """PKCE: a code stolen from one browser's sign-in does not work in another's."""
    stolen = query_of(provider.sign_in(Client().post("/accounts/google/login/")["Location"]))["code"]
    own = provider.sign_in(client.post("/accounts/google/login/")["Location"])
    client.get(changed(own, code=stolen))
    assert not is_in(client)


def test_who_denies_at_the_provider_is_not_signed_in(client, provider):
    away = client.post("/accounts/github/login/")["Location"]
    client.get(path_of(provider.sign_in(away, allow=False)))
    assert not is_in(client)


def test_same_address_at_the_other_provider_is_not_the_same_account(client, provider):
    dance(client, provider, "google")
    other = Client()
    dance(other, provider, "github")
    assert not is_in(other)
    assert list(SocialAccount.objects.values_list("provider", flat=True)) == ["google"]
    assert LAYLA in mail.outbox[-1].to
    assert not re.search(r"\b\d{6}\b", mail.outbox[-1].body)


def test_address_of_a_password_account_is_not_taken_over(provider, make_user):
    owner = make_user("layla", password="a long pass phrase")
    browser = Client()
    dance(browser, provider, "google")
    assert not is_in(browser)
    assert not SocialAccount.objects.filter(user=owner).exists()


def test_second_provider_is_connected_only_after_a_step_up(client, provider):
    dance(client, provider, "google")
    answer = client.post("/accounts/github/login/", {"process": "connect"})
    assert answer["Location"].startswith("/settings/step-up/")
    person = User.objects.get()
    sign_in(client, person, fresh=True)
    dance(client, provider, "github", process="connect")
    assert set(SocialAccount.objects.filter(user=person).values_list("provider", flat=True)) == {"google", "github"}


def test_waiting_for_the_second_factor_keeps_no_token_anywhere(client, provider):
    dance(client, provider, "google")
    person = User.objects.get()
    set_up_totp(person)
    waiting = Client()
    assert dance(waiting, provider, "google")["Location"] == "/accounts/2fa/authenticate/"
    content = SessionStore(waiting.session.session_key).load()
    assert not content["account_login"]["signal_kwargs"]["sociallogin"].get("token")
    issued = str(content)
    assert "ya29" not in issued
    assert "gho_" not in issued
    assert "Haddad" not in issued
    row = Session.objects.get(session_key=row_key(waiting.session.session_key))
    assert "account_login" not in row.session_data
    waiting.post("/accounts/2fa/authenticate/", {"code": totp_code(person)})
    assert is_in(waiting)
    assert User.objects.count() == 1


def test_provider_that_fails_is_a_clear_page(client, provider):
    away = client.post("/accounts/google/login/")["Location"]
    back = provider.sign_in(away, OMAR)
    provider.fault("google.token", "500")
    answer = client.get(path_of(back))
    assert answer.status_code < 500
    assert not is_in(client)
