"""P07 to P10: kept by what happens on the page, and a seeded breach of each is found."""

from datetime import timedelta

import pytest
from django.db import connections as databases
from django.utils import timezone

from accounts.connections.promises import (
    _nothing_but_tokens_and_settings as p09,
    _revocation_is_at_once as p08,
    _scopes_are_needed as p07,
    _tokens_go_promptly as p10,
)
from accounts.personaldata import categories
from core.promises import PromiseState
from tests.accounts.connections.conftest import PAGE
from tests.platform_rows import put_row
from tests.signin import sign_in

KEPT, BROKEN = PromiseState.KEPT, PromiseState.BROKEN


@pytest.fixture
def home(client, user, connect):
    put_row("connections_automation", user.reference, timezone.now(), scopes=["gmail.readonly", "spreadsheets"])
    signed_in = sign_in(client, user)
    connect(signed_in)
    return signed_in


def owned(statement, *values):
    with databases["owner"].cursor() as cursor:
        cursor.execute(statement, values)


@pytest.mark.parametrize("measure", [p07, p08, p09, p10])
def test_each_is_kept_of_a_grant_that_is_needed_and_of_one_that_ended(home, work, measure):
    assert measure(timezone.now()).state is KEPT
    home.post(f"{PAGE}google/end/")
    assert work() == 1
    assert measure(timezone.now()).state is KEPT


def test_p07_finds_a_scope_that_nothing_needs(home):
    owned("UPDATE connections_googlegrant SET scopes = scopes || '{drive}'::varchar[]")
    found = p07(timezone.now())
    assert (found.state, found.figures) == (BROKEN, {"grants": 1, "with_more": 1, "scopes": 1})


def test_p07_counts_what_only_a_withheld_automation_needs(home):
    owned("UPDATE connections_googlegrant SET withheld = ARRAY(SELECT id FROM connections_automation)")
    assert p07(timezone.now()).figures["scopes"] == 2


def test_p08_says_median_and_worst_and_finds_a_slow_end(home, work):
    home.post(f"{PAGE}google/end/")
    work()
    found = p08(timezone.now())
    assert (found.figures["ended"], found.figures["confirmed"]) == (1, 1)
    assert 0 < found.figures["wiped_median"] <= found.figures["wiped_worst"] < 10
    assert found.figures["wiped_worst"] <= found.figures["confirmed_worst"]
    assert "were gone from here within" in home.get(PAGE).content.decode()
    owned("UPDATE connections_revocation SET asked_at = asked_at - interval '11 seconds'")
    assert p08(timezone.now()).state is BROKEN


def test_p09_finds_a_record_that_holds_more_than_a_report(home, user):
    put_row("connections_run", user.reference, timezone.now(), sealed={"details": "x" * 8192})
    assert p09(timezone.now()).state is KEPT
    put_row("connections_run", user.reference, timezone.now(), sealed={"details": "x" * 70_000})
    found = p09(timezone.now())
    assert (found.state, found.figures["too_large"]) == (BROKEN, 1)


def test_p09_finds_a_category_that_the_policy_does_not_name(home, monkeypatch):
    more = dict(categories._categories)
    mail = next(each for each in more.values() if each.name == "automations")
    more["mail"] = type(mail)(**{**mail.__dict__, "name": "google.mail"})
    monkeypatch.setattr("accounts.connections.promises.data_categories", lambda: list(more.values()))
    found = p09(timezone.now())
    assert (found.state, "google.mail" in found.note) == (BROKEN, True)


def test_p10_finds_a_token_that_nothing_needs_after_an_hour(home):
    owned("DELETE FROM connections_automation")
    assert p10(timezone.now()).state is KEPT
    owned("UPDATE connections_googlegrant SET changed_at = now() - interval '61 minutes'")
    found = p10(timezone.now())
    assert (found.state, found.figures["needed_by_nothing"]) == (BROKEN, 1)


def test_p10_names_what_waits_for_google_and_finds_what_waits_too_long(home, google):
    google.fault("google.revoke", "500")
    home.post(f"{PAGE}google/end/")
    found = p10(timezone.now())
    assert (found.state, found.figures["waiting_for_vendor"]) == (KEPT, 1)
    assert p10(timezone.now() + timedelta(days=1, minutes=6)).state is BROKEN


def test_p10_finds_an_order_to_drop_what_is_cached_that_nobody_answered(home):
    home.post(f"{PAGE}google/end/")
    assert p10(timezone.now()).figures["orders_unanswered"] == 0
    owned("UPDATE connections_revocation SET due_at = NULL, sealed = NULL")
    found = p10(timezone.now() + timedelta(minutes=61))
    assert (found.state, found.figures["orders_unanswered"]) == (BROKEN, 1)


def test_p10_finds_a_token_of_nobody_and_an_automation_that_was_not_erased(home, user):
    owned("UPDATE connections_googlegrant SET subject = repeat('a', 32)")
    owned(
        "INSERT INTO connections_endedautomation (id, subject, ended_at, taken_at) "
        "SELECT id, subject, now(), now() - interval '3 hours' FROM connections_automation"
    )
    found = p10(timezone.now())
    assert (found.figures["of_nobody"], found.figures["automations_not_erased"]) == (1, 1)
    assert found.state is BROKEN
