"""The data grant: asked for, taken, refused in part, of another account, from another session; and its end."""

import threading
from datetime import timedelta
from itertools import pairwise
from time import sleep
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.db import connections
from django.test import Client
from django.utils import timezone

from accounts.connections import google as client, services
from audit.log.models import Entry
from core import db
from omegaoffice.dev.practice.google_scopes import ROOT
from tests.accounts.connections.conftest import PAGE
from tests.dev.practice.provider import OMAR
from tests.platform_rows import put_row
from tests.signin import sign_in


@pytest.fixture
def invoices(user):
    return put_row("connections_automation", user.reference, timezone.now(), scopes=["gmail.readonly", "spreadsheets"])


@pytest.fixture
def home(client, user, invoices):
    return sign_in(client, user)


def text_of(answer):
    return answer.content.decode()


def logged(*names):
    with db.use_role("auditor"):
        return list(
            Entry.objects.filter(event__startswith="connections.").values_list("event", flat=True).order_by("id")
        )


def test_google_is_asked_for_what_automations_need_and_for_offline_access(home, ask):
    query = {name: values[0] for name, values in parse_qs(urlsplit(ask(home)).query).items()}
    data = {scope for scope in query["scope"].split() if scope.startswith(ROOT) and "userinfo" not in scope}
    assert data == {f"{ROOT}gmail.readonly", f"{ROOT}spreadsheets"}
    assert (query["access_type"], query["include_granted_scopes"]) == ("offline", "true")
    assert (query["code_challenge_method"], query["redirect_uri"]) == (
        "S256",
        "http://testserver/settings/connections/google/callback/",
    )


def test_what_is_granted_is_kept_and_shown_and_its_token_encrypted(home, connect, kept, user):
    page = text_of(connect(home))
    assert "Google is connected." in page
    assert "not granted" not in page.lower().replace("not granted. apart", "")
    grant, ended = kept()
    assert (grant.subject, grant.scopes, ended) == (user.reference, ["gmail.readonly", "spreadsheets"], [])
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM connections_googlegrant g WHERE g::text LIKE '%%1//practice%%'")
        assert cursor.fetchone() == (0,)
    assert [name for name in logged() if "automations" not in name] == [
        "connections.consent.asked",
        "connections.grant.stored",
    ]


def test_a_refused_scope_is_named_and_the_automation_says_what_it_lacks(home, connect, kept):
    page = text_of(connect(home, granted=[f"{ROOT}spreadsheets"]))
    assert "You refused gmail.readonly" in page
    assert "It lacks:" in page
    assert kept()[0].scopes == ["spreadsheets"]
    page = text_of(connect(home))
    assert "It lacks:" not in page
    assert kept()[0].scopes == ["gmail.readonly", "spreadsheets"]


def test_one_scope_more_is_added_later_for_one_automation(home, connect, kept, user):
    connect(home)
    drive = put_row("connections_automation", user.reference, timezone.now(), scopes=["drive.file"])
    assert "Give what" in text_of(home.get(PAGE))
    connect(home, automation=drive)
    assert kept()[0].scopes == ["drive.file", "gmail.readonly", "spreadsheets"]


@pytest.mark.parametrize("allow", [True, False])
def test_who_grants_nothing_changes_nothing(home, connect, kept, allow):
    page = text_of(connect(home, allow=allow, granted=[]))
    assert ("none of the permissions" in page, "granted nothing at Google" in page) == (allow, not allow)
    assert kept() == (None, [])


def test_another_account_is_noticed_nothing_of_it_is_kept_and_it_is_ended_there(home, connect, kept, work, google):
    connect(home)
    page = text_of(connect(home, who=OMAR))
    assert "another Google account" in page
    assert "Nothing was kept of the other account that you chose" in page
    assert "Your earlier access is gone" not in page
    grant, [other] = kept()
    assert grant.scopes == ["gmail.readonly", "spreadsheets"]
    assert other.reason == "other_account"
    assert work() == 1
    assert kept()[1][0].confirmed_at is not None


def test_an_answer_to_another_session_is_refused(home, ask, google, make_user, kept):
    back = urlsplit(google.sign_in(ask(home)))
    other = sign_in(Client(), make_user("noor"))
    answer = other.get(f"{back.path}?{back.query}", follow=True)
    assert "belongs to no question of yours" in text_of(answer)
    assert kept() == (None, [])


@pytest.mark.parametrize("state", ["", "x", "\u202e", "\ud800", "x" * 5000])
def test_a_state_that_is_none_is_refused_with_a_sentence(home, ask, kept, state):
    ask(home)
    answer = home.get(
        f"{PAGE}google/callback/", {"state": state.encode("utf-8", "surrogatepass"), "code": "x"}, follow=True
    )
    assert "belongs to no question of yours" in text_of(answer)
    assert kept() == (None, [])


def test_an_answer_is_taken_once_and_within_its_time(home, ask, google, kept):
    back = urlsplit(google.sign_in(ask(home)))
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        answer = home.get(f"{back.path}?{back.query}", follow=True)
    assert "You were away for too long" in text_of(answer)
    answer = home.get(f"{back.path}?{back.query}", follow=True)
    assert "belongs to no question of yours" in text_of(answer)
    assert kept() == (None, [])


@pytest.mark.parametrize("kind", ["500", "400"])
def test_a_failing_google_is_said_and_changes_nothing(home, connect, google, kept, kind):
    google.fault("google.token", kind)
    assert "answer could not be used" in text_of(connect(home))
    assert kept() == (None, [])


def test_nobody_asks_for_somebody_elses_automation(home, make_user):
    theirs = put_row("connections_automation", make_user("noor").reference, timezone.now())
    assert home.post(f"{PAGE}google/consent/{theirs}/").status_code == 404


# ---- the end


@pytest.fixture
def connected(home, connect):
    connect(home)
    return home


def end(client):
    return client.post(f"{PAGE}google/end/", follow=True)


def test_before_it_ends_the_page_says_what_stops(connected):
    page = text_of(connected.get(f"{PAGE}google/end/"))
    assert "What stops until you grant it anew" in page
    assert "Invoices to sheet" in page


def test_it_is_gone_at_once_and_google_confirms(connected, kept, work, google):
    page = text_of(end(connected))
    assert "gone from here" in page
    grant, [ended] = kept()
    assert grant is None
    assert (ended.reason, ended.confirmed_at, ended.sealed is None) == ("user", None, False)
    assert work() == 1
    [ended] = kept()[1]
    assert (ended.confirmed_at is None, ended.sealed, ended.due_at) == (False, None, None)
    assert logged()[-1] == "connections.revocation.confirmed"


@pytest.mark.parametrize(
    ("target", "kind", "answer"),
    [
        ("google.revoke", "500", "http_500"),
        ("google.revoke", "503", "http_503"),
        ("google.revoke", "400", "http_400"),
        ("google.revoke", "ignored", "still_good"),
        ("google.token", "500", "http_500"),
    ],
)
def test_until_google_confirms_it_is_asked_again(connected, kept, work, google, target, kind, answer):
    google.fault(target, kind)
    end(connected)
    assert work() == 0
    [ended] = kept()[1]
    assert (ended.confirmed_at, ended.last_answer, ended.attempts) == (None, answer, 1)
    assert "Google has not confirmed" in text_of(connected.get(PAGE))
    google.clear_faults()
    assert work() == 0  # not before its time
    assert work(timezone.now() + timedelta(seconds=6)) == 1
    assert kept()[1][0].confirmed_at is not None


def test_after_a_day_the_token_goes_and_the_person_is_told(connected, kept, work, google):
    google.fault("google.revoke", "500")
    end(connected)
    assert work(timezone.now() + timedelta(days=1, minutes=1)) == 0
    [ended] = kept()[1]
    assert (ended.sealed, ended.due_at, ended.confirmed_at) == (None, None, None)
    assert "end it at Google yourself" in text_of(connected.get(PAGE))
    assert logged()[-1] == "connections.revocation.abandoned"


def test_a_token_that_does_not_open_goes_at_once(connected, kept, work):
    end(connected)
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE connections_revocation SET sealed = 'x'")
    assert work() == 0
    assert (kept()[1][0].sealed, kept()[1][0].last_answer) == (None, "unreadable")


def test_a_token_goes_after_a_day_whatever_fails(connected, kept, work, monkeypatch):
    monkeypatch.setattr("accounts.connections.google.revoke", lambda _token: 1 / 0)
    end(connected)
    assert work() == 0
    assert kept()[1][0].sealed is not None
    assert work(timezone.now() + timedelta(days=1, minutes=5)) == 0
    assert (kept()[1][0].sealed, kept()[1][0].last_answer) == (None, "late")


def test_nothing_is_granted_while_google_has_not_confirmed_the_end(connected, google, work):
    google.fault("google.revoke", "500")
    end(connected)
    work()
    answer = connected.post(f"{PAGE}google/consent/", follow=True)
    assert "has not confirmed yet" in text_of(answer)


def test_after_the_end_no_byte_of_the_token_is_in_either_database(connected, work, google):
    end(connected)
    work()
    for alias in ("owner", "vault_owner"):
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
            for (table,) in cursor.fetchall():
                cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE %s', ["%1//practice-%"])
                assert cursor.fetchone() == (0,), table


def test_a_google_that_is_away_for_ten_minutes_is_asked_at_growing_pauses_and_confirms(
    connected, kept, work, google, monkeypatch
):
    revoke, asked = client.revoke, []

    def count(token):
        asked.append(clock)
        revoke(token)

    monkeypatch.setattr(client, "revoke", count)
    google.fault("google.revoke", "503")
    end(connected)
    clock = begin = kept()[1][0].due_at
    back = begin + timedelta(minutes=10)
    while clock < back:  # as the sweep, which runs oftener than it asks
        assert work(clock) == 0
        [ended] = kept()[1]
        assert (ended.confirmed_at, ended.sealed is None, ended.attempts) == (None, False, len(asked))
        clock += timedelta(seconds=1)
    page = text_of(connected.get(PAGE))
    assert "Google has not confirmed its end yet" in page
    assert f"Asked {len(asked)} times" in page
    pauses = [(later - earlier).total_seconds() for earlier, later in pairwise(asked)]
    assert pauses == [5 * 2**n for n in range(len(pauses))]
    assert len(pauses) == 6
    google.clear_faults()
    clock = kept()[1][0].due_at
    assert work(clock - timedelta(seconds=1)) == 0
    assert work(clock) == 1
    [ended] = kept()[1]
    assert (ended.confirmed_at, ended.sealed, ended.due_at) == (clock, None, None)
    page = text_of(connected.get(PAGE))
    assert "Google has not confirmed" not in page


def test_of_two_workers_at_one_end_one_asks_google(connected, kept, monkeypatch):
    revoke, asked, both = client.revoke, [], threading.Barrier(2)

    def count(token):
        asked.append(token)
        sleep(0.5)
        revoke(token)

    monkeypatch.setattr(client, "revoke", count)
    end(connected)
    [ended], done = kept()[1], []

    def run():
        with db.use_role("worker"):
            both.wait()
            try:
                done.append(services.revoke(ended.pk, clock=timezone.now))
            finally:
                db.connection().close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sorted(done), len(asked), kept()[1][0].attempts) == ([False, True], 1, 1)


def test_an_answer_from_before_the_end_is_not_taken_while_google_has_not_confirmed_it(
    connected, ask, google, kept, work
):
    back = urlsplit(google.sign_in(ask(connected)))
    google.fault("google.revoke", "500")
    end(connected)
    answer = connected.get(f"{back.path}?{back.query}", follow=True)
    assert "has not confirmed yet" in text_of(answer)
    assert kept()[0] is None


def test_the_end_of_another_account_keeps_nobody_from_granting_more(connected, connect, google, kept, user):
    google.fault("google.revoke", "500")
    put_row("connections_automation", user.reference, timezone.now(), scopes=["drive.file"])
    connect(connected, who=OMAR)
    assert "Grant what is missing" in text_of(connected.get(PAGE))
    connect(connected)
    assert "drive.file" in kept()[0].scopes


def test_an_answer_for_an_account_that_was_closed_is_not_taken(home, ask, google, kept, user, monkeypatch):
    back = urlsplit(google.sign_in(ask(home)))
    redeem = client.redeem_code

    def and_close(*args, **more):
        with connections["owner"].cursor() as cursor:
            cursor.execute("UPDATE identity_user SET is_active = false WHERE id = %s", [user.pk])
        return redeem(*args, **more)

    monkeypatch.setattr(client, "redeem_code", and_close)
    home.get(f"{back.path}?{back.query}")
    grant, [ended] = kept()
    assert (grant, ended.reason) == (None, "deletion")
