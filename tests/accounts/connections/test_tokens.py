"""Access tokens of automations: handed to the platform with exactly an automation's scopes, or refused."""

import threading
from datetime import timedelta
from time import sleep

import orjson
import pytest
import requests
from django.db import connections as databases
from django.utils import timezone

from accounts.connections import google as client
from accounts.connections.models import Automation, WipeReason
from accounts.connections.services import check_grant, lend_token, sweep_checks, sweep_unneeded, wipe_grant
from accounts.workloads.models import ServiceToken
from accounts.workloads.services import make_token
from audit.log.actors import machine
from audit.log.models import Entry
from core import db
from omegaoffice.dev.practice.google_scopes import ROOT
from rights import services as rights
from rights.states import Kind
from tests.accounts.connections.conftest import PAGE
from tests.platform_rows import put_row, put_rows
from tests.signin import sign_in

NEEDED = ["gmail.readonly", "spreadsheets"]
ACTOR = machine("console")


@pytest.fixture
def invoices(user):
    return put_row("connections_automation", user.reference, timezone.now(), scopes=NEEDED)


@pytest.fixture
def home(client, user, invoices, connect):
    signed_in = sign_in(client, user)
    connect(signed_in)
    return signed_in


def entries(event):
    with db.use_role("auditor"):
        found = Entry.objects.filter(event=event).order_by("id").values_list("leaf", flat=True)
        return [orjson.loads(bytes(leaf))["payload"] for leaf in found]


def use(google, token, path):
    return requests.get(f"{google.base_url}/google{path}", headers={"Authorization": f"Bearer {token}"}, timeout=20)


def test_a_token_opens_what_its_automation_needs_and_nothing_else_that_was_granted(home, fetch, connect, user, google):
    drive = put_row("connections_automation", user.reference, timezone.now(), scopes=["drive.file"])
    connect(home, automation=drive)
    answer = fetch(drive)
    assert answer.status_code == 200, answer.content
    assert "no-store" in answer["Cache-Control"]
    found = answer.json()
    assert found["scopes"] == [f"{ROOT}drive.file"]
    assert 0 < found["expires_in"] <= 3600
    token = found["access_token"]
    assert use(google, token, "/drive/v3/files").status_code == 200
    assert use(google, token, "/gmail/v1/users/me/messages").status_code == 403


def test_each_is_an_entry_and_the_page_says_when_it_was_used(home, fetch, invoices, kept):
    found = fetch(invoices).json()
    assert entries("connections.token.handed_out") == [
        {"automation": str(invoices), "scopes": "+".join(NEEDED), "purpose": "operating"}
    ]
    assert kept()[0].used_at is not None
    assert "last used" in home.get(PAGE).content.decode()
    with databases["owner"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_entry WHERE convert_from(leaf, 'UTF8') LIKE %s", ["%practice%"])
        assert cursor.fetchone() == (0,)
    assert found["entry"]


def refusal(answer, status=409):
    assert answer.status_code == status, answer.content
    return answer.json()["detail"]


def test_one_that_is_unknown_or_somebody_elses_does_not_exist(home, fetch, make_user, invoices, user):
    theirs = put_row("connections_automation", make_user("noor").reference, timezone.now(), scopes=NEEDED)
    for answer in (fetch(theirs), fetch("0" * 32), fetch(invoices, subject="a" * 32)):
        assert answer.status_code == 404
    assert entries("connections.token.refused") == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"is_on": False, "scopes": NEEDED}, "is off"),
        ({"scopes": []}, "needs no permission"),
        ({"scopes": [*NEEDED, "drive"]}, "not granted all"),
    ],
)
def test_refused_for_one_that_may_not(home, fetch, user, changes, words):
    other = put_row("connections_automation", user.reference, timezone.now(), **changes)
    assert words in refusal(fetch(other))
    assert len(entries("connections.token.refused")) == 1


def test_refused_without_a_grant(fetch, invoices):
    assert "granted no access" in refusal(fetch(invoices))


def test_refused_for_who_was_suspended(home, fetch, invoices, user):
    with databases["owner"].cursor() as cursor:
        cursor.execute("UPDATE identity_user SET is_active = false WHERE id = %s", [user.pk])
    assert fetch(invoices).status_code == 404


@pytest.mark.parametrize("category", ["connections.grants", "automations"])
def test_refused_while_the_person_had_it_restricted(home, fetch, invoices, user, officer, category):
    details = {"categories": [category], "ground": "claims"}
    with db.use_role("default"):
        request = rights.receive_request(
            user, kind=Kind.RESTRICTION, identified=True, now=timezone.now(), details=details
        )
    with db.use_role("staff"):
        rights.take_request(request.reference, actor=officer, now=timezone.now())
        rights.grant_request(request.reference, actor=officer, now=timezone.now())
    assert "restricted" in refusal(fetch(invoices))
    with db.use_role("worker"):
        assert check_grant(user.reference, clock=timezone.now) is (category == "automations")
    with databases["owner"].cursor() as cursor:
        cursor.execute("DELETE FROM connections_automation")
    assert unneeded() == (category == "automations")


@pytest.mark.parametrize(
    ("kind", "words", "status"),
    [("wider", "more permissions", 409), ("invalid_grant", "has ended", 409), ("500", "at the moment", 503)],
)
def test_what_google_answers_otherwise_is_refused(home, fetch, invoices, google, kind, words, status):
    google.fault("google.token", kind)
    answer = fetch(invoices)
    assert words in refusal(answer, status)
    assert b"practice" not in answer.content
    assert ("Retry-After" in answer) == (status == 503)
    assert len(entries("connections.token.refused")) == 1


@pytest.mark.parametrize(
    ("more", "field"), [({"automation": "x"}, "automation"), ({"subject": ""}, "subject"), ({"scopes": []}, "scopes")]
)
def test_a_body_that_breaks_a_rule_is_named(fetch, invoices, more, field):
    answer = fetch(invoices, **more)
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == [field]


def test_a_service_token_without_the_scope_gets_none(fetch, invoices):
    with db.use_role("staff"):
        text = make_token("other", scopes=sorted({*ServiceToken.SCOPES} - {"tokens"}), actor=ACTOR, now=timezone.now())[
            1
        ]
    assert fetch(invoices, text=text).status_code == 403


def test_two_at_once_are_refreshed_one_after_the_other(home, user, invoices, monkeypatch):
    borrow, running, most, done = client.borrow_token, [], [], []

    def slowly(token, scopes):
        running.append(token)
        most.append(len(running))
        sleep(0.5)
        running.pop()
        return borrow(token, scopes)

    monkeypatch.setattr(client, "borrow_token", slowly)

    def lend():
        with db.use_role("ingest"):
            try:
                done.append(lend_token(user.reference, invoices, actor=ACTOR, clock=timezone.now).token.value)
            finally:
                db.connection().close()

    threads = [threading.Thread(target=lend) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(done)) == 2
    assert most == [1, 1]


def test_a_grant_that_ends_while_google_answers_hands_nothing_out(home, fetch, invoices, user, monkeypatch):
    borrow = client.borrow_token

    def and_end(token, scopes):
        with db.use_role("worker"):
            wipe_grant(
                user.reference, reason=WipeReason.GOOGLE, actor=ACTOR, asked_at=timezone.now(), now=timezone.now()
            )
        return borrow(token, scopes)

    monkeypatch.setattr(client, "borrow_token", and_end)
    assert "ended meanwhile" in refusal(fetch(invoices))


# ---- taken away from one automation


def test_taken_away_from_one_the_others_go_on(home, fetch, invoices, user, kept):
    other = put_row("connections_automation", user.reference, timezone.now(), scopes=["spreadsheets"])
    page = home.get(f"{PAGE}google/end/{invoices}/").content.decode()
    assert "The others go on" in page
    page = home.post(f"{PAGE}google/end/{invoices}/", follow=True).content.decode()
    assert "no access to your Google data any more" in page
    assert "taken this automation" in refusal(fetch(invoices))
    assert fetch(other).status_code == 200
    assert "gmail.readonly" in page
    assert "granted, not needed" in page
    assert "Invoices to sheet" in home.get(f"{PAGE}google/end/").content.decode()  # the other one, which goes on
    with databases["owner"].cursor() as cursor:
        cursor.execute("UPDATE connections_automation SET is_on = false WHERE id = %s", [other])
    assert "Invoices to sheet" not in home.get(f"{PAGE}google/end/").content.decode()
    page = home.post(f"{PAGE}google/consent/{invoices}/", follow=True).content.decode()
    assert "has its access back" in page
    assert fetch(invoices).status_code == 200
    assert kept()[0].withheld == []


def test_taken_away_from_the_last_it_ends_altogether(home, invoices, kept, work):
    assert "ends altogether" in home.get(f"{PAGE}google/end/{invoices}/").content.decode()
    page = home.post(f"{PAGE}google/end/{invoices}/", follow=True).content.decode()
    assert "nothing else needed it" in page
    assert kept()[0] is None
    assert work() == 1


def test_one_of_another_page_is_named_and_taken_away_under_one_entry(home, fetch, user):
    long_ago = timezone.now() - timedelta(days=9)
    oldest = put_row("connections_automation", user.reference, long_ago, scopes=NEEDED, sealed={"name": "Oldest"})
    put_rows("connections_automation", user.reference, timezone.now(), 25, scopes=NEEDED)
    assert "Oldest" not in home.get(PAGE).content.decode()
    before = len(entries("connections.automations.shown"))
    assert "“Oldest”" in home.get(f"{PAGE}google/end/{oldest}/").content.decode()
    assert entries("connections.automations.shown")[before:] == [{"count": 1}]
    home.post(f"{PAGE}google/end/{oldest}/")
    assert "taken this automation" in refusal(fetch(oldest))
    assert home.get(f"{PAGE}google/end/{oldest}/").status_code == 302
    assert len(entries("connections.automations.shown")) == before + 1


def test_before_it_ends_those_of_other_pages_are_counted_among_what_stops(home, invoices, user):
    put_rows("connections_automation", user.reference, timezone.now(), 27, scopes=NEEDED)
    home.post(f"{PAGE}google/end/{invoices}/")
    page = home.get(f"{PAGE}google/end/").content.decode()
    assert "and 2 more" in page.partition("What stops until you grant it anew")[2]


def test_nobody_takes_it_away_from_somebody_elses(home, make_user):
    theirs = put_row("connections_automation", make_user("noor").reference, timezone.now())
    assert home.get(f"{PAGE}google/end/{theirs}/").status_code == 404
    assert home.post(f"{PAGE}google/end/{theirs}/").status_code == 404


# ---- the nightly check, and what nothing needs


def check(at=None):
    with db.use_role("worker"):
        return sweep_checks(clock=lambda: at or timezone.now())


def test_what_ended_at_google_is_found_the_next_night(home, google, kept):
    google.remove_access(google_id(kept))
    assert check() == 0
    assert kept()[0] is not None
    assert check(timezone.now() + timedelta(days=1, minutes=1)) == 1
    grant, [ended] = kept()
    assert (grant, ended.reason) == (None, "google")


def google_id(kept):
    return kept()[0].account_id


def test_a_token_refused_by_google_is_checked_and_gone(home, fetch, invoices, google, kept, user):
    google.remove_access(google_id(kept))
    assert "has ended" in refusal(fetch(invoices))
    with db.use_role("worker"):
        assert check_grant(user.reference, clock=timezone.now)
    assert kept()[0] is None


def test_a_google_that_is_away_ends_nothing_and_is_asked_again_within_the_hour(home, google, kept):
    google.fault("google.token", "500")
    later = timezone.now() + timedelta(days=1, minutes=1)
    assert check(later) == 0
    google.clear_faults()
    assert check(later + timedelta(minutes=30)) == 0
    assert check(later + timedelta(minutes=61)) == 1
    assert kept()[0].scopes == NEEDED


def test_a_grant_that_stands_is_kept_with_the_scopes_that_google_names(home, kept, user):
    with databases["owner"].cursor() as cursor:
        cursor.execute("UPDATE connections_googlegrant SET scopes = '{drive}'")
    assert check(timezone.now() + timedelta(days=2)) == 1
    assert kept()[0].scopes == NEEDED
    assert entries("connections.grant.changed") == [{"scopes": "+".join(NEEDED)}]


def unneeded():
    with db.use_role("worker"):
        return sweep_unneeded(now=timezone.now())


def test_a_grant_goes_once_its_last_automation_does(home, kept, user, invoices):
    assert unneeded() == 0
    with databases["owner"].cursor() as cursor:
        cursor.execute("UPDATE connections_automation SET is_on = false")
    assert unneeded() == 0  # switched off, it may be switched on again
    with databases["owner"].cursor() as cursor:
        cursor.execute("UPDATE connections_automation SET scopes = '{drive}'")
    assert unneeded() == 1
    grant, [ended] = kept()
    assert (grant, ended.reason) == (None, "unneeded")
    assert unneeded() == 0
    with db.use_role("default"), db.row_security_for(user.reference):
        assert Automation.objects.count() == 1


def test_a_new_grant_goes_on_without_the_automation_from_which_it_was_taken_away(
    home, fetch, invoices, connect, user, work
):
    other = put_row("connections_automation", user.reference, timezone.now(), scopes=["spreadsheets"])
    home.post(f"{PAGE}google/end/{invoices}/")
    home.post(f"{PAGE}google/end/")
    assert work() == 1
    page = home.get(PAGE).content.decode()
    assert "Give the access back" in page
    connect(home)
    assert "gmail.readonly" not in page.split("Automations")[0]
    assert fetch(other).status_code == 200
    assert "taken this automation" in refusal(fetch(invoices)) or "not granted all" in refusal(fetch(invoices))
    connect(home, automation=invoices)
    assert fetch(invoices).status_code == 200
