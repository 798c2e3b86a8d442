"""The register of processors: each change through a service, with its entry; the promises that rest on it."""

import json
import threading
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, ProgrammingError, connections
from django.utils import translation

from accounts.identity.roles import Role
from accounts.inbox.models import Letter
from accounts.inbox.services import open_letter
from accounts.personaldata import categories
from accounts.terms import services
from accounts.terms.errors import ProcessorError
from accounts.terms.models import NOTICE, NOTICED, Announcement, Lack, Processor
from accounts.terms.promises import _bound_and_reviewed, _named_are_registered
from audit.log.models import Entry
from core import db
from core.promises import PromiseState, promises
from tests.policy_versions import AR, EN

FACTS = {
    "name": "Acme Mail GmbH",
    "purpose": "carrying our e-mail",
    "country": "DE",
    "contract": "DPA 3",
    "contract_on": date(2025, 3, 1),
    "privacy_url": "https://acme.example/privacy",
}
NEW = {**FACTS, "slug": "acme", "since_on": date(2026, 12, 7)}
FIRST = {"aws", "azure", "google-cloud", "mail", "mixpanel", "sentry", "stripe"}


@pytest.fixture(autouse=True)
def english():
    """Refusals are in the language of whichever request came last."""
    with translation.override("en"):
        yield


@pytest.fixture
def officer(make_staff):
    return make_staff("paula", Role.PRIVACY_OFFICER)


@pytest.fixture
def staff(officer):
    with db.use_role("staff"):
        yield


def entries(event):
    with db.use_role("auditor"):
        return [json.loads(bytes(entry.leaf))["payload"] for entry in Entry.objects.filter(event=event)]


def complete(officer, now):
    """Give every processor what an officer would record."""
    with db.use_role("staff"):
        for processor in Processor.objects.all():
            said = {name: getattr(processor, name) for name in FACTS}
            said |= {"contract": "DPA 3", "contract_on": date(2025, 3, 1), "privacy_url": FACTS["privacy_url"]}
            services.change_processor(processor.slug, **said, actor=officer, now=now)
            services.review_processor(
                processor.slug,
                due_diligence_on=now.date(),
                review_due_on=now.date() + timedelta(days=365),
                actor=officer,
                now=now,
            )


def test_the_first_rows_are_the_providers_of_the_policy_without_dates_that_nobody_gave(office):
    rows = Processor.objects.all()
    assert {row.slug for row in rows} == FIRST
    assert all(row.lacks(date(2026, 11, 23)) == [Lack.CONTRACT, Lack.DUE_DILIGENCE, Lack.REVIEW] for row in rows)
    assert {row.slug for row in rows if not row.privacy_url.startswith("https://") or not row.country} == {"mail"}


def test_a_processor_is_added_with_its_entry(staff, officer, now):
    services.add_processor(**NEW, actor=officer, now=now)
    found = Processor.objects.get(slug="acme")
    assert {name: getattr(found, name) for name in NEW} == NEW
    assert entries("terms.processor.added") == [{"processor": "acme"}]


def test_a_change_names_its_fields_and_nothing_of_what_they_hold(staff, officer, now):
    services.add_processor(**NEW, actor=officer, now=now)
    changed = {**FACTS, "contract": "Signed by Jane Doe", "contract_on": date(2025, 3, 2)}
    services.change_processor("acme", **changed, actor=officer, now=now)
    services.change_processor("acme", **changed, actor=officer, now=now)
    assert entries("terms.processor.changed") == [{"processor": "acme", "fields": ["contract", "contract_on"]}]


def test_a_review_sets_both_dates(staff, officer, now):
    dates = {"due_diligence_on": date(2026, 11, 20), "review_due_on": date(2027, 11, 20)}
    found = services.review_processor("aws", **dates, actor=officer, now=now)
    assert found.lacks(now.date()) == [Lack.CONTRACT]
    assert entries("terms.processor.reviewed") == [{"processor": "aws", "on": "2026-11-20", "next": "2027-11-20"}]


def test_a_processor_that_was_ended_stays_so(staff, officer, now):
    services.end_processor("sentry", actor=officer, now=now)
    assert entries("terms.processor.ended") == [{"processor": "sentry"}]
    for act in (
        lambda: services.end_processor("sentry", actor=officer, now=now),
        lambda: services.change_processor("sentry", **FACTS, actor=officer, now=now),
    ):
        with pytest.raises(ProcessorError, match="ended before") as refused:
            act()
        assert refused.value.status == 409
    with pytest.raises(ProgrammingError, match="stays ended"):
        Processor.objects.filter(slug="sentry").update(ended_at=None)


def test_a_processor_that_a_category_names_is_not_ended(staff, officer, now):
    with pytest.raises(ProcessorError, match="These categories name it: Account and Letters"):
        services.end_processor("mail", actor=officer, now=now)
    assert Processor.objects.get(slug="mail").ended_at is None
    assert entries("terms.processor.ended") == []


@pytest.mark.parametrize(
    ("wrong", "field", "rule"),
    [
        ({"slug": "Acme Mail"}, "slug", "small letters"),
        ({"slug": "aws"}, "slug", "already"),
        ({"privacy_url": "http://acme.example/"}, "privacy_url", "https"),
        ({"contract_on": date(2026, 11, 24)}, "contract_on", "future"),
        ({"contract": ""}, "contract", "Name the contract"),
        ({"since_on": date(2026, 12, 6)}, "since_on", "at least 14 days"),
    ],
)
def test_what_breaks_a_rule_is_refused_by_field(staff, officer, now, wrong, field, rule):
    with pytest.raises(ProcessorError, match=rule) as refused:
        services.add_processor(**{**NEW, **wrong}, actor=officer, now=now)
    assert (refused.value.field, refused.value.status) == (field, 422)
    assert set(Processor.objects.values_list("slug", flat=True)) == FIRST
    assert entries("terms.processor.added") == []


@pytest.mark.parametrize(
    ("on", "due", "field"),
    [
        (date(2026, 11, 24), date(2027, 1, 1), "due_diligence_on"),
        (date(2026, 11, 1), date(2026, 11, 23), "review_due_on"),
    ],
)
def test_a_review_lies_behind_and_the_next_ahead(staff, officer, now, on, due, field):
    with pytest.raises(ProcessorError) as refused:
        services.review_processor("aws", due_diligence_on=on, review_due_on=due, actor=officer, now=now)
    assert refused.value.field == field


def test_of_two_who_add_the_same_one_is_refused(officer, now):
    results, start = [], threading.Barrier(2)

    def add():
        try:
            with db.use_role("staff"):
                start.wait()
                services.add_processor(**NEW, actor=officer, now=now)
                results.append("")
        except ProcessorError as refused:
            results.append(refused.field)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=add) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(results) == ["", "slug"]
    assert len(entries("terms.processor.added")) == 1


@pytest.mark.parametrize(
    ("role", "column", "value"),
    [
        *((role, "review_due_on", "2099-01-01") for role in ("default", "worker", "auditor")),
        *(("staff", name, "XX" if name == "country" else "https://x.example") for name in (*NOTICED, "slug")),
        ("staff", "since_on", "2025-01-01"),
    ],
)
def test_staff_alone_write_the_register_but_what_takes_a_notice(office, role, column, value):
    with db.use_role(role):
        assert Processor.objects.count() == len(FIRST)
        with pytest.raises(ProgrammingError, match="permission denied"):
            Processor.objects.update(**{column: value})


def test_both_promises_are_measured():
    assert {"P05", "P22"} <= {promise.id for promise in promises()}


def test_a_category_that_names_what_the_register_lacks_breaks_the_promise(office, now, officer, monkeypatch):
    found = _named_are_registered(now)
    assert (found.state, found.figures["unknown"]) == (PromiseState.KEPT, 0)
    with db.use_role("staff"):
        services.end_processor("sentry", actor=officer, now=now)
    account = categories._categories["identity.account"]
    monkeypatch.setitem(categories._categories, account.name, replace(account, processors=("aws", "sentry", "nobody")))
    found = _named_are_registered(now)
    assert (found.state, found.figures["unknown"]) == (PromiseState.BROKEN, 2)
    assert found.note.endswith("nobody (identity.account); sentry (identity.account)")


def test_a_processor_without_dates_or_with_an_overdue_review_breaks_the_promise(officer, now):
    found = _bound_and_reviewed(now)
    assert (found.state, found.figures) == (PromiseState.BROKEN, {"processors": 7, "owing": 7})
    assert "aws (contract, due_diligence, review)" in found.note
    complete(officer, now)
    assert _bound_and_reviewed(now).state is PromiseState.KEPT
    found = _bound_and_reviewed(now + timedelta(days=366))
    assert found.state is PromiseState.BROKEN
    assert "aws (overdue)" in found.note
    assert not Processor.objects.get(slug="aws").is_due_soon(now.date())
    assert Processor.objects.get(slug="aws").is_due_soon(now.date() + timedelta(days=340))


# ---- the notice before


def sweep(now):
    with db.use_role("worker"):
        services.sweep_processors(now=now)
        services.sweep_announcements(now=now)


def letters_of(user, now):
    with db.use_role("worker"):
        found = list(Letter.objects.filter(subject=user.reference, kind="terms.processors").order_by("written_at"))
    return [open_letter(each.pk, user=user, now=now)[1] for each in found]


def change(officer, now, **changes):
    with db.use_role("staff"):
        said = {name: getattr(Processor.objects.get(slug="aws"), name) for name in FACTS}
        return services.change_processor("aws", **{**said, **changes}, actor=officer, now=now)


def test_everybody_is_told_of_a_new_one_in_their_language(officer, user, make_user, now):
    arab = make_user("salma", language="ar")
    with db.use_role("staff"):
        services.add_processor(**NEW, actor=officer, now=now)
    sweep(now)
    [letter] = letters_of(user, now)
    for part in ("Acme Mail GmbH", "carrying our e-mail", "Germany", "7 Dec 2026", "/policy/processors/"):
        assert part in letter
    [letter] = letters_of(arab, now)
    assert "ألمانيا" in letter
    with db.use_role("worker"):
        announcement = Announcement.objects.get()
    assert (announcement.writers, announcement.released_by) == ([officer.reference], officer.reference)
    assert (announcement.text_en, announcement.effective_on) == ("", NEW["since_on"])


def test_what_the_public_list_says_changes_on_its_day_by_the_worker(officer, user, client, now):
    found = change(officer, now, country="DE", contract="DPA 4")
    assert (found.country, found.contract, found.pending_on) == ("US", "DPA 4", now.date() + NOTICE)
    assert entries("terms.processor.announced") == [{"processor": "aws", "fields": ["country"], "on": "2026-12-07"}]
    assert entries("terms.processor.changed") == [{"processor": "aws", "fields": ["contract"]}]
    sweep(now)
    assert "Germany" in letters_of(user, now)[0]
    page = client.get("/policy/processors/").content.decode()
    assert "Germany" in page
    sweep(now + NOTICE - timedelta(days=1))
    assert Processor.objects.get(slug="aws").country == "US"
    sweep(now + NOTICE)
    found = Processor.objects.get(slug="aws")
    assert (found.country, found.pending, found.pending_on) == ("DE", None, None)
    assert {"processor": "aws", "fields": ["country"]} in entries("terms.processor.changed")


def test_one_change_at_a_time_and_it_can_be_cancelled(officer, user, now):
    change(officer, now, country="DE")
    with pytest.raises(ProcessorError, match="announced already") as refused:
        change(officer, now, country="FR")
    assert refused.value.status == 409
    assert change(officer, now, contract="DPA 4").pending == {"country": "DE"}
    with db.use_role("staff"):
        services.keep_processor("aws", actor=officer, now=now)
        with pytest.raises(ProcessorError, match="No change"):
            services.keep_processor("aws", actor=officer, now=now)
    sweep(now)
    sweep(now + NOTICE)
    assert Processor.objects.get(slug="aws").country == "US"
    assert letters_of(user, now) == []
    assert entries("terms.processor.kept") == [{"processor": "aws"}]


def test_ending_one_takes_its_announcement_back(officer, user, now):
    with db.use_role("staff"):
        services.add_processor(**NEW, actor=officer, now=now)
        services.end_processor("acme", actor=officer, now=now)
    sweep(now)
    assert letters_of(user, now) == []


@pytest.mark.parametrize(
    "values",
    [
        {"text_en": "Send us your password."},
        {"title_en": "Urgent"},
        {"kind": "security"},
        {"effective_on": date(2026, 12, 8)},
        {"processor_id": "stripe"},
        {"processor_id": None},
        {"released_by": ""},
        {"released_at": None},
        {"days": 1},
    ],
)
def test_nobody_alone_sends_what_the_register_does_not_say(officer, now, values):
    """A thief of the staff's role has no way to a text of their own by the kind that one person releases."""
    change(officer, now, country="DE")
    facts = {"kind": "processors", "processor_id": "aws", "effective_on": now.date() + NOTICE, "released_at": now}
    facts |= {"writers": [officer.reference], "written_at": now, "released_by": officer.reference}
    with db.use_role("staff"):
        Announcement.objects.create(**facts)
        if late := values.pop("days", 0):
            values = {"released_at": now + timedelta(days=late)}
        with pytest.raises((DatabaseError, IntegrityError)):
            Announcement.objects.create(**{**facts, **values})


@pytest.fixture
def published(office, now):
    with db.use_role("staff"):
        services.import_first_version(
            EN, AR, effective_on=date(2026, 3, 3), summary_en="-", summary_ar="-", now=now - timedelta(days=30)
        )


def measure_unannounced(now):
    found = _named_are_registered(now)
    return found.state, found.figures["unannounced"]


def test_p05_is_kept_where_everything_was_announced(published, officer, now):
    with db.use_role("staff"):
        services.add_processor(**NEW, actor=officer, now=now)
    change(officer, now, country="DE")
    sweep(now + NOTICE)
    change(officer, now + NOTICE, country="FR")
    sweep(now + 2 * NOTICE)
    assert measure_unannounced(now + 3 * NOTICE) == (PromiseState.KEPT, 0)


def test_p05_is_kept_where_one_comes_and_changes_on_the_same_day(published, officer, now):
    with db.use_role("staff"):
        services.add_processor(**{**NEW, "since_on": now.date() + NOTICE}, actor=officer, now=now)
        services.change_processor("acme", **{**FACTS, "name": "Acme Post GmbH"}, actor=officer, now=now)
    sweep(now + NOTICE)
    assert measure_unannounced(now + NOTICE) == (PromiseState.KEPT, 0)


def test_p05_names_one_that_came_without_a_letter(published, officer, now):
    with db.use_role("owner"):
        Processor.objects.create(**{**NEW, "since_on": now.date()})
    found = _named_are_registered(now)
    assert (found.state, found.figures["unannounced"]) == (PromiseState.BROKEN, 1)
    assert found.note == "Not announced in time: acme"


def test_p05_names_one_that_changed_without_a_letter_of_its_own(published, officer, now):
    change(officer, now, country="DE")
    sweep(now + NOTICE)
    later = now + NOTICE + timedelta(days=1)
    with db.use_role("owner"):
        Processor.objects.filter(slug="aws").update(pending={"name": "Evil"}, pending_on=later.date())
    sweep(later)
    assert Processor.objects.get(slug="aws").name == "Evil"
    assert measure_unannounced(later) == (PromiseState.BROKEN, 1)
