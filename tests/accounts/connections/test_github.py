"""Signing in through GitHub: its token is kept to end the authorisation by; and that end."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from django.db import connections
from django.test import Client
from django.utils import timezone

from accounts.connections import data_categories, github as api
from accounts.connections.models import GitHubGrant, Revocation
from accounts.identity.models import User
from audit.log.models import Entry
from core import db
from tests.accounts.connections.conftest import PAGE
from tests.dev.practice.provider import LAYLA, OMAR
from tests.signin import set_up_totp, sign_in, totp_code

THIRD = "/accounts/3rdparty/"
PASSWORD = "a long pass phrase"


@pytest.fixture
def come(office, github):
    """Sign in through GitHub, or connect it: `come(client, process="connect")`."""

    def dance(client, who=LAYLA, **fields):
        back = urlsplit(github.sign_in(client.post("/accounts/github/login/", fields)["Location"], who))
        return client.get(f"{back.path}?{back.query}")

    return dance


@pytest.fixture
def stored(office):
    """Return what is kept of GitHub and what has ended: `stored()`."""

    def read():
        with db.use_role("worker"):
            return list(GitHubGrant.objects.order_by("account_id")), list(Revocation.objects.order_by("wiped_at"))

    return read


@pytest.fixture
def layla(client, come):
    """Layla, who came in through GitHub for the first time, and has a password as well."""
    come(client)
    person = User.objects.get()
    person.set_password(PASSWORD)
    person.save()
    sign_in(client, person)
    return person


@pytest.fixture
def disconnect(client, layla):
    """Disconnect one account: `disconnect()`; return the page that follows."""

    def act(uid="9000001"):
        account = SocialAccount.objects.get(user=layla, provider="github", uid=uid)
        sign_in(client, layla, fresh=True)
        return client.post(THIRD, {"account": account.pk}, follow=True).content.decode()

    return act


def logged():
    with db.use_role("auditor"):
        events = Entry.objects.filter(event__startswith="connections.").exclude(event__contains="automations")
        return list(events.order_by("id").values_list("event", flat=True))


def bytes_of_tokens():
    """Return the tables of both databases in which a token of GitHub's lies open."""
    found = []
    for alias in ("owner", "vault_owner"):
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
            for (table,) in cursor.fetchall():
                cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE %s', ["%gho\\_%"])
                found += [table] if cursor.fetchone() != (0,) else []
    return found


def is_authorised(provider):
    return bool(provider.state()["github"]["grants"])


# ---- what is kept


def test_a_token_is_kept_encrypted_at_each_sign_in_the_newest_alone(client, come, layla, stored):
    [first], _ended = stored()
    assert (first.subject, first.account_id) == (layla.reference, "9000001")
    come(Client())
    [again], ended = stored()
    assert (again.pk, again.granted_at, ended) == (first.pk, first.granted_at, [])
    assert (again.changed_at > first.changed_at, again.sealed == first.sealed) == (True, False)
    assert bytes_of_tokens() == []
    assert logged() == ["connections.github.stored"] * 2
    assert "we have GitHub end our authorisation there" in client.get(PAGE).content.decode()


def test_connecting_keeps_it_too_and_so_does_connecting_once_more(client, come, user, stored):
    sign_in(client, user, fresh=True)
    come(client, process="connect")
    [first], _ended = stored()
    assert first.subject == user.reference
    come(client, process="connect")
    [again], _ended = stored()
    assert again.changed_at > first.changed_at


def test_two_accounts_of_one_person_are_kept_apart(client, come, layla, stored, disconnect, work, github):
    sign_in(client, layla, fresh=True)
    come(client, OMAR, process="connect")
    assert [grant.account_id for grant in stored()[0]] == ["9000001", "9000002"]
    disconnect("9000002")
    assert work() == 1
    [kept], [ended] = stored()
    assert (kept.account_id, ended.confirmed_at is None) == ("9000001", False)
    assert [grant["sub"] for grant in github.state()["github"]["grants"]] == ["100000000000000000001"]


def test_nothing_is_kept_of_a_sign_in_that_waits_for_a_second_factor(client, come, layla, stored):
    """Nor once it is passed, for the session holds no token; connecting it again keeps one."""
    set_up_totp(layla)
    [before], _ended = stored()
    waiting = Client()
    assert come(waiting)["Location"] == "/accounts/2fa/authenticate/"
    assert stored()[0][0].changed_at == before.changed_at
    waiting.post("/accounts/2fa/authenticate/", {"code": totp_code(layla)})
    assert "_auth_user_id" in waiting.session
    assert stored()[0][0].changed_at == before.changed_at
    sign_in(client, layla, mfa=True, fresh=True)
    come(client, process="connect")
    assert stored()[0][0].changed_at > before.changed_at


def test_nothing_is_kept_where_the_sign_in_is_refused(client, come, make_user, stored):
    suspended = make_user("omar", is_active=False)
    with db.use_role("default"):
        SocialAccount.objects.create(user=suspended, provider="github", uid="9000002")
    come(client, OMAR)
    assert "_auth_user_id" not in client.session
    make_user("layla")  # whose address that newcomer has
    come(Client(), LAYLA)
    assert stored() == ([], [])


def test_nothing_is_kept_of_an_account_that_is_somebody_elses(client, come, layla, make_user, stored):
    [before], _ended = stored()
    other = sign_in(Client(), make_user("noor"), fresh=True)
    come(other, process="connect")
    [after], _ended = stored()
    assert (after.subject, after.sealed) == (layla.reference, before.sealed)


def test_the_package_tells_of_it_without_the_token(layla, disconnect):
    def told():
        with db.row_security_for(layla.reference):
            return list(data_categories.GRANTS.export(layla.reference, None))

    [row] = told()
    assert (row["state"], row["provider"], row["account_id"]) == ("granted", "github", "9000001")
    assert {*row} <= {*data_categories.GRANTS.fields}
    disconnect()
    [row] = told()
    assert (row["state"], row["provider"], row["scopes"]) == ("ended", "github", ["user:email"])


# ---- the end


def test_disconnecting_wipes_it_at_once_and_github_confirms(client, disconnect, stored, work, github):
    assert "once you disconnect it, we have GitHub end our authorisation" in client.get(THIRD).content.decode()
    assert is_authorised(github)
    assert "GitHub is being told" in disconnect()
    grants, [ended] = stored()
    assert (grants, SocialAccount.objects.count()) == ([], 0)
    assert (ended.provider, ended.reason, ended.confirmed_at, ended.sealed is None) == ("github", "user", None, False)
    assert "not yet" in client.get(PAGE).content.decode()
    assert "Google has not confirmed" not in client.get(PAGE).content.decode()
    assert work() == 1
    [ended] = stored()[1]
    assert (ended.confirmed_at is None, ended.sealed, ended.due_at) == (False, None, None)
    assert not is_authorised(github)
    assert bytes_of_tokens() == []
    assert logged()[1:] == [f"connections.github.{what}" for what in ("wiped", "tried", "confirmed")]


def test_it_stays_where_the_end_cannot_be_noted(client, layla, disconnect, stored, monkeypatch):
    monkeypatch.setattr("accounts.connections.receivers.wipe_github_grants", lambda *_args, **_more: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        disconnect()
    assert (SocialAccount.objects.count(), len(stored()[0])) == (1, 1)


def test_the_only_way_to_sign_in_is_not_removed_and_its_token_stays(client, layla, disconnect, stored):
    layla.set_unusable_password()
    layla.save()
    assert "This is your only way to sign in." in disconnect()
    assert (SocialAccount.objects.count(), len(stored()[0]), stored()[1]) == (1, 1, [])


def test_where_no_token_was_kept_the_person_is_sent_to_their_settings_there(client, layla, disconnect, stored):
    with connections["owner"].cursor() as cursor:
        cursor.execute("DELETE FROM connections_githubgrant")
    assert "We keep no token" in client.get(PAGE).content.decode()
    assert "No token of GitHub was kept" in disconnect()
    assert stored() == ([], [])


@pytest.mark.parametrize(
    ("target", "kind", "answer"),
    [
        ("github.grant", "401", "http_401"),
        ("github.grant", "500", "http_500"),
        ("github.grant", "429", "http_429"),
        ("github.grant", "ignored", "still_good"),
        ("github.check_token", "401", "http_401"),
        ("github.check_token", "503", "http_503"),
    ],
)
def test_until_github_confirms_it_is_asked_again(client, disconnect, stored, work, github, target, kind, answer):
    github.fault(target, kind)
    disconnect()
    assert work() == 0
    [ended] = stored()[1]
    assert (ended.confirmed_at, ended.last_answer, ended.attempts) == (None, answer, 1)
    github.clear_faults()
    assert work() == 0  # not before its time
    assert work(timezone.now() + timedelta(seconds=6)) == 1
    assert stored()[1][0].confirmed_at is not None


@pytest.mark.parametrize("status", [403, 422, 302])
def test_other_refusals_are_no_confirmation(disconnect, stored, work, monkeypatch, status):
    real = requests.request

    def refuse(method, url, **more):
        answer = real("POST", url.replace("/grant", "/token"), **more)
        answer.status_code = status if method == "DELETE" else answer.status_code
        return answer

    monkeypatch.setattr(requests, "request", refuse)
    disconnect()
    assert work() == 0
    assert stored()[1][0].last_answer == f"http_{status}"


@pytest.mark.parametrize("body", [b"", b"[]", b'{"user": null}'])
def test_an_answer_that_is_none_is_no_confirmation(disconnect, stored, work, monkeypatch, body):
    answer = requests.Response()
    answer.status_code, answer._content = 200, body
    monkeypatch.setattr(requests, "request", lambda *_args, **_more: answer)
    disconnect()
    assert work() == 0
    assert stored()[1][0].last_answer == "unreadable"


def test_a_github_that_is_not_there_is_asked_again(disconnect, stored, work, settings):
    good, settings.GITHUB_API = settings.GITHUB_API, "http://127.0.0.1:1"
    disconnect()
    assert work() == 0
    assert stored()[1][0].last_answer == "unreachable"
    settings.GITHUB_API = good
    assert work(timezone.now() + timedelta(seconds=6)) == 1


def test_an_end_whose_answer_is_lost_is_confirmed_by_the_check(disconnect, work, github):
    github.fault("github.grant", "lost")
    disconnect()
    assert work() == 1


def test_an_end_that_cannot_be_checked_at_once_is_confirmed_later(disconnect, stored, work, monkeypatch):
    real, calls = api.find_owner, []

    def find(token):
        calls.append(token)
        if len(calls) in {2, 3}:
            raise api.VendorError("unreachable")
        return real(token)

    monkeypatch.setattr(api, "find_owner", find)
    disconnect()
    for seconds in (0, 6):
        assert work(timezone.now() + timedelta(seconds=seconds)) == 0
        assert stored()[1][0].last_answer == "unchecked"
    assert work(timezone.now() + timedelta(seconds=60)) == 1


def test_a_token_that_was_dead_before_proves_nothing(client, disconnect, stored, work, github):
    """GitHub lets the oldest of more than ten tokens die, and says the same to a client with a wrong secret."""
    github.reset()
    disconnect()
    assert work() == 0
    assert stored()[1][0].last_answer == "unknown_token"
    assert work(timezone.now() + timedelta(days=1, minutes=1)) == 0
    [ended] = stored()[1]
    assert (ended.sealed, ended.due_at, ended.confirmed_at) == (None, None, None)
    page = client.get(PAGE).content.decode()
    assert "never: end it at GitHub yourself" in page
    assert "https://github.com/settings/applications" in page
    assert logged()[-1] == "connections.github.abandoned"


def test_a_wrong_secret_is_no_confirmation(disconnect, stored, work, settings, github):
    parts = settings.SOCIALACCOUNT_PROVIDERS["github"]
    wrong = {**parts, "APPS": [{**parts["APPS"][0], "secret": "wrong"}]}
    disconnect()
    settings.SOCIALACCOUNT_PROVIDERS = settings.SOCIALACCOUNT_PROVIDERS | {"github": wrong}
    assert work() == 0
    assert (stored()[1][0].last_answer, is_authorised(github)) == ("unknown_token", True)


def test_a_token_that_does_not_open_goes_at_once(disconnect, stored, work):
    disconnect()
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE connections_revocation SET sealed = 'x'")
    assert work() == 0
    assert (stored()[1][0].sealed, stored()[1][0].last_answer) == (None, "unreadable")


def test_who_connects_again_before_the_end_keeps_the_new_authorisation(
    client, come, layla, disconnect, stored, work, github
):
    github.fault("github.grant", "500")
    disconnect()
    assert work() == 0
    come(client, process="connect")
    github.clear_faults()
    assert work(timezone.now() + timedelta(seconds=6)) == 0
    [grant], [ended] = stored()
    assert (grant.subject, is_authorised(github)) == (layla.reference, True)
    assert (ended.sealed, ended.due_at, ended.confirmed_at, ended.last_answer) == (None, None, None, "resumed")
    assert "not ended: you connected it again" in client.get(PAGE).content.decode()
    assert logged()[-1] == "connections.github.resumed"
    disconnect()
    assert work() == 1
    assert not is_authorised(github)


def test_the_end_of_google_does_not_wait_for_githubs(client, disconnect, github, google):
    github.fault("github.grant", "500")
    disconnect()
    assert "has not confirmed yet" not in client.post(f"{PAGE}google/consent/", follow=True).content.decode()


# ---- the roles


def test_nobody_but_its_person_and_the_worker_reads_a_token(layla, make_user):
    def sees(role, reference):
        with db.use_role(role), db.row_security_for(reference):
            return [bytes(row) for row in GitHubGrant.objects.values_list("sealed", flat=True)]

    assert len(sees("default", layla.reference)) == 1
    assert sees("default", make_user("noor").reference) == []
    for role in ("staff", "auditor", "ingest"):
        with pytest.raises(Exception, match="permission denied"):
            sees(role, layla.reference)
