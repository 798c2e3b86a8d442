"""Accepting the policy: at sign-up, by going on, by activity that the platform sends, by saying so; P18."""

from datetime import timedelta
from importlib import import_module

import orjson
import pytest
from django.db import DatabaseError, connections
from django.test import Client
from django.utils import timezone

from accounts.identity.models import User
from accounts.terms import services
from accounts.terms.errors import PolicyError
from accounts.terms.models import Acceptance, Announcement
from accounts.terms.promises import _told_and_recorded
from accounts.workloads.services import ingest_stream
from audit.log.actors import machine
from audit.log.models import Entry
from core import db
from core.promises import PromiseState
from tests.policy_versions import publish_new
from tests.signin import sign_in
from tests.stream_lines import file, line


@pytest.fixture
def now(office):
    return timezone.now()


def acceptances(user):
    with db.use_role("worker"):
        return list(
            Acceptance.objects.filter(subject=user.reference).order_by("recorded_at").values_list("how", "cause")
        )


def recorded():
    with db.use_role("auditor"):
        found = Entry.objects.filter(event="terms.policy.accepted").order_by("id")
        return [orjson.loads(bytes(leaf))["payload"] for leaf in found.values_list("leaf", flat=True)]


@pytest.fixture
def newer(first, officer, counsel, now):
    """A version in force since five days, published before."""
    earlier = now - timedelta(days=20)
    return publish_new(officer, counsel, earlier, effective_on=(now - timedelta(days=5)).date())


@pytest.fixture
def coming(first, officer, counsel, now):
    return publish_new(officer, counsel, now)


@pytest.fixture
def required(first, officer, counsel, now):
    earlier = now - timedelta(days=20)
    return publish_new(officer, counsel, earlier, effective_on=(now - timedelta(days=5)).date(), must_accept=True)


# ---- going on


def test_the_first_signed_in_request_is_recorded_once_with_its_id(newer, user):
    for _sign_in in range(2):
        client = sign_in(Client(), user)
        client.get("/settings/")
        client.get("/settings/profile/")
    [(how, cause)] = acceptances(user)
    assert how == "continued"
    [payload] = recorded()
    assert payload == {
        "version": str(newer.pk),
        "effective_on": newer.effective_on.isoformat(),
        "how": how,
        "cause": cause,
    }


def test_a_session_of_before_is_recorded_on_its_next_day(newer, user):
    client = sign_in(Client(), user)
    with db.use_role("owner"):
        Acceptance.objects.all().delete()
    session = client.session
    session["terms_day"] = "2026-01-01"
    session.save()
    answer = client.get("/settings/", headers={"X-Request-ID": "0" * 32})
    assert answer.status_code == 200
    assert acceptances(user) == [("continued", "request:" + "0" * 32)]


def test_before_the_first_version_nothing_is_recorded(user):
    assert sign_in(Client(), user).get("/settings/").status_code == 200
    assert acceptances(user) == []


def ingest(*lines, now):
    with db.use_role("ingest"):
        return ingest_stream(file(*lines), actor=machine("platform"), source="file", clock=lambda: now)


def test_the_first_activity_that_the_platform_sends_is_recorded_and_names_its_record(newer, user, make_user, now):
    other = make_user("omar")
    late, early = (now - timedelta(days=days) for days in (1, 2))
    lines = [
        line("usage", user.pk, time=(now - timedelta(days=9)).isoformat()),  # before the day
        line("commands", user.pk, time=late.isoformat()),
        line("usage", user.pk, time=early.isoformat()),
        line("apps", other.pk, time=late.isoformat()),  # the state of a thing
    ]
    ingest(*lines, now=now)
    ingest(line("runs", user.pk, time=late.isoformat()), now=now)
    assert acceptances(user) == [("continued", f"usage:{lines[2]['id']}")]
    assert acceptances(other) == []
    assert [payload["cause"] for payload in recorded()] == [f"usage:{lines[2]['id']}"]


def test_a_record_that_is_somebody_elses_is_no_activity(newer, user, make_user, now):
    mine = line("usage", user.pk, time=now.isoformat())
    ingest(mine, now=now)
    omar = make_user("omar")
    ingest({**mine, "account": str(omar.pk)}, now=now)
    assert acceptances(omar) == []


def test_a_closed_account_accepts_nothing_by_what_its_apps_still_do(newer, user, now):
    with db.use_role("owner"):
        User.objects.filter(pk=user.pk).update(is_active=False)
    ingest(line("usage", user.pk, time=now.isoformat()), now=now)
    assert acceptances(user) == []


def test_it_costs_one_query_a_batch_where_everybody_accepted(newer, user, now, django_assert_max_num_queries):
    lines = [line("usage", user.pk, time=now.isoformat()) for _line in range(20)]
    ingest(*lines, now=now)
    with db.use_role("ingest"), django_assert_max_num_queries(2, connection=connections["ingest"]):
        services.continue_by_activity(
            {"usage": (_usage(), [(row["id"], user.reference, now.isoformat()) for row in lines])},
            set(),
            actor=machine("platform"),
            now=now,
        )


def _usage():
    from accounts.personaldata.stream_format import streams

    return streams()["usage"]


# ---- creating an account, and saying so


def test_a_new_account_accepts_what_its_form_names(newer, client):
    assert "By creating an account you accept the" in client.get("/accounts/signup/").content.decode()
    fields = {"password1": "a long sentence of words", "password2": "a long sentence of words"}
    client.post("/accounts/signup/", {"email": "new@example.org", "username": "newone", **fields})
    with db.use_role("default"):
        person = User.objects.get(email="new@example.org")
    [(how, cause)] = acceptances(person)
    assert how == "sign_up"
    assert cause.startswith("request:")


def test_what_is_coming_may_be_accepted_before(coming, user):
    client = sign_in(Client(), user)
    page = client.get("/settings/").content.decode()
    assert "takes effect on" in page
    assert "Less is kept." in page
    assert client.post(f"/settings/policy/{coming.pk}/accept/", follow=True).status_code == 200
    assert "explicit" in [how for how, _cause in acceptances(user)]
    assert "takes effect on" not in client.get("/settings/").content.decode()


def test_the_band_of_a_version_in_force_is_closed_by_a_click(newer, user):
    client = sign_in(Client(), user)
    assert "A new version of the privacy policy is in force" in client.get("/settings/").content.decode()
    client.post(f"/settings/policy/{newer.pk}/seen/")
    assert "A new version of the privacy policy is in force" not in client.get("/settings/").content.decode()


@pytest.mark.parametrize("page", ["https://evil.example/", "http://testserver//evil.example/", "javascript:alert(1)"])
def test_closing_the_band_leads_to_no_other_site(newer, user, page):
    answer = sign_in(Client(), user).post(f"/settings/policy/{newer.pk}/seen/", headers={"Referer": page})
    assert answer.headers["Location"] in {"/settings/", "/evil.example/"}


def test_the_first_version_has_no_band(first, user):
    client = sign_in(Client(), user)
    assert "in force; going on" not in client.get("/settings/").content.decode()
    assert acceptances(user) == [("continued", acceptances(user)[0][1])]


def test_a_required_acceptance_comes_before_anything_new_and_never_before_a_right(required, user):
    client = sign_in(Client(), user)
    assert acceptances(user) == []
    for path in ("/settings/", "/settings/profile/"):
        assert client.get(path).headers["Location"] == "/settings/policy/"
    for path in ("/settings/policy/", "/settings/privacy/", "/settings/letters/", "/settings/connections/"):
        assert client.get(path).status_code == 200
    assert "accept the privacy policy" in client.get("/settings/policy/").content.decode()
    client.post(f"/settings/policy/{required.pk}/accept/")
    assert [how for how, _cause in acceptances(user)] == ["explicit"]
    assert client.get("/settings/").status_code == 200


def test_what_must_be_accepted_is_asked_for_while_the_next_version_is_coming(required, officer, counsel, user, now):
    publish_new(officer, counsel, now)
    client = sign_in(Client(), user)
    assert "Before you change anything" in client.get("/settings/policy/").content.decode()
    client.post(f"/settings/policy/{required.pk}/accept/")
    assert "takes effect on" in client.get("/settings/").content.decode()


def test_nor_is_it_given_by_activity(required, user, now):
    ingest(line("usage", user.pk, time=now.isoformat()), now=now)
    assert acceptances(user) == []


def test_what_is_past_or_a_draft_is_not_accepted(newer, first, officer, user, now):
    with pytest.raises(PolicyError, match="no longer in force"):
        services.accept_version(first.pk, user=user, now=now)
    answer = sign_in(Client(), user).post(f"/settings/policy/{first.pk}/accept/", follow=True)
    assert "no longer in force" in answer.content.decode()


def test_nobody_accepts_for_somebody_else(newer, user, make_user):
    other = make_user("omar")
    insert = (
        "WITH me AS MATERIALIZED (SELECT set_config('office.subject', %s, false)) INSERT INTO terms_acceptance "
        "SELECT gen_random_uuid(), %s, 'explicit', 'x', now(), NULL, %s FROM me"
    )
    with pytest.raises(DatabaseError, match="row-level security"):
        db.select_rows(insert, [user.reference, other.reference, newer.pk])


# ---- P18


def measure(now):
    return _told_and_recorded(now)


def later(now):
    return now + timedelta(hours=3)


def test_p18_is_kept_where_everybody_has_a_letter_or_accepted(coming, first, user, officer, counsel, now):
    with db.use_role("worker"):
        services.sweep_announcements(now=now)
    found = measure(later(now))
    assert found.state is PromiseState.KEPT, found
    assert found.figures == {"versions": 2, "people": 3, "without_notice": 0, "went_on_without_record": 0}


def test_p18_is_kept_for_who_joins_while_the_next_version_is_coming(newer, officer, counsel, make_user, now):
    def sweep(at):
        with db.use_role("worker"):
            services.sweep_announcements(now=at)

    sweep(now - timedelta(hours=5))
    publish_new(officer, counsel, now - timedelta(hours=4))
    make_user("late", date_joined=now - timedelta(hours=3))
    sweep(now)
    assert measure(later(now)).figures["without_notice"] == 0


def test_the_upgrade_announces_what_is_in_force_and_what_comes(newer, coming):
    with db.use_role("owner"), db.connection().cursor() as cursor:
        cursor.execute("TRUNCATE terms_announcement")
        cursor.execute(import_module("accounts.terms.migrations.0005_acceptances")._CURRENT)
        assert set(Announcement.objects.values_list("version", flat=True)) == {newer.pk, coming.pk}


def test_p18_finds_who_was_not_told(coming, user, now):
    assert measure(now).state is PromiseState.KEPT  # there was no time yet
    found = measure(later(now))
    assert found.state is PromiseState.BROKEN
    assert found.figures["without_notice"] > 0


def test_p18_finds_who_went_on_without_a_record(newer, user, now):
    with db.use_role("worker"):
        services.sweep_announcements(now=now)
    sign_in(Client(), user)
    assert measure(later(timezone.now())).state is PromiseState.KEPT
    with db.use_role("owner"):
        Acceptance.objects.all().delete()
    assert measure(later(timezone.now())).figures["went_on_without_record"] == 1


def test_p18_is_broken_without_a_policy(office, now):
    assert measure(now).state is PromiseState.BROKEN
