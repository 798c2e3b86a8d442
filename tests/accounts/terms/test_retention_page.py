"""The page of what is kept past its rule, made from what each night's sweep logs."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.identity.roles import Role
from accounts.personaldata import categories
from core import db
from rights.services import place_hold
from rights.tasks import sweep_expired
from tests.platform_rows import put_rows
from tests.signin import sign_in

PAGE = "/staff/terms/retentionreport/"


@pytest.fixture
def reader(client, make_staff):
    return sign_in(client, make_staff("aya", Role.AUDITOR), mfa=True)


@pytest.fixture
def old(user):
    put_rows("workloads_usagerecord", user.reference, timezone.now() - timedelta(days=900), 3)


def test_it_says_when_no_sweep_has_run(reader, old):
    page = reader.get(PAGE).content.decode()
    assert "No sweep has run yet." in page
    assert "for at most 730 days; each night removes the rest" in page


def test_it_says_what_the_sweep_removed_and_that_nothing_is_left(reader, old):
    sweep_expired()
    page = reader.get(PAGE).content.decode()
    assert "Nothing is past its rule." in page
    assert '<td class="num" data-label="Removed last">3</td>' in page


def test_it_says_when_no_sweep_has_run_for_two_days(reader, old, monkeypatch):
    sweep_expired()
    at = timezone.now() + timedelta(days=3)
    monkeypatch.setattr("accounts.terms.admin.timezone.now", lambda: at)
    assert "no sweep has run for two days" in reader.get(PAGE).content.decode()


def test_what_a_hold_keeps_is_told_apart(reader, old, user, make_staff):
    now, counsel = timezone.now(), make_staff("lena", Role.LEGAL_COUNSEL)
    facts = {"authority": "A court", "reason": "It may be evidence in a trial.", "ends_on": now.date() + timedelta(9)}
    with db.use_role("staff"):
        place_hold(user.reference, category="", actor=counsel, now=now, **facts)
    sweep_expired()
    page = reader.get(PAGE).content.decode()
    assert "Nothing is past its rule. Legal holds keep 3 records." in page


def test_what_a_sweep_could_not_remove_is_shown(reader, old, monkeypatch):
    usage = categories._categories["usage"]

    def fail(**_facts):
        raise RuntimeError("layla@example.org")

    monkeypatch.setitem(categories._categories, "usage", replace(usage, remove_expired=fail))
    with pytest.raises(CommandError):
        call_command("sweep")
    page = reader.get(PAGE).content.decode()
    assert "Records are past their rule" in page
    assert '<td class="num" data-label="Past its rule">3</td>' in page
