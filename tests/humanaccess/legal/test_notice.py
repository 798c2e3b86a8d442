"""A delayed notice hides everything until its end and not a second longer; no delay is without an end."""

import time
from datetime import timedelta

import pytest
from django.db import Error as DatabaseError
from django.utils import timezone

from accounts.inbox.models import Letter
from accounts.personaldata import categories
from audit.log.models import Entry
from cases.errors import CaseError, WrongStateError
from cases.withheld import withheld_cases
from core import db
from humanaccess import services as gate
from humanaccess.legal import services
from humanaccess.legal.models import LegalProcess
from humanaccess.tasks import sweep
from tests.authorisations import step_entry

HISTORY = "/settings/looked/"
OWN = ("humanaccess_legalprocess", "humanaccess_processnote", "humanaccess_ask", "humanaccess_ask_item",
       "humanaccess_decision", "humanaccess_grant", "humanaccess_review")  # fmt: skip


def own_rows(person):
    """Return how many rows a person's own pages see in each table, and of the log about cases."""
    with db.row_security_for(person.reference):
        found = {table: db.select_value(f"SELECT count(*) FROM {table}") for table in OWN}
        return found | {"entries": Entry.objects.filter(subject=person.reference, case_ref__isnull=False).count()}


def end_delay(at):
    """Let the delay end at a moment of the database's clock, as if it had been agreed so."""
    with db.use_role("owner"):
        LegalProcess.objects.update(delayed_until=at)


@pytest.fixture
def read(opened, counsel, lines, now):
    """One item, read while the notice is delayed."""
    with db.use_role("staff"):
        gate.list_items(
            asker=counsel, subject=gate_user(opened), kind="workloads.logline", now=timezone.now(),
            where=listing_of(now), case=opened.approval_request.process.reference,
        )  # fmt: skip
        return gate.read_item(
            opened.pk, item_id=lines[0].id, reader=counsel, mfa=True, stepped_up=True, now=timezone.now()
        )


def gate_user(grant):
    from accounts.identity.models import User

    return User.objects.get(reference=grant.subject)


def listing_of(now):
    from uuid import UUID

    return {"app": UUID(int=7), "start": now - timedelta(days=1), "end": now + timedelta(days=1)}


def test_nothing_of_a_delayed_process_is_anywhere_a_person_looks(read, user, client_of, now):
    assert set(own_rows(user).values()) == {0}
    browser = client_of(user)
    page = browser.get(HISTORY).content.decode() + browser.get("/settings/log/").content.decode()
    page += b"".join(browser.get("/settings/log/log.json")).decode()
    for word in ("LP-2", "HA-2", "Legal process", "listed, not opened", "lena"):
        assert word not in page
    assert browser.get(f"/settings/receipts/{read.entry}/").status_code == 404
    assert "LP-2" not in browser.get("/").content.decode()
    with db.row_security_for(user.reference):
        assert not Letter.objects.exists()


def test_a_package_made_meanwhile_leaves_it_out_and_one_made_later_holds_it(read, user, now):
    def export(name):
        category = next(each for each in categories.data_categories() if each.name == name)
        entry = step_entry(user.reference, now)
        with db.use_role("worker"):
            return list(category.export(user.reference, entry)), category.count(user.reference)

    for name in ("humanaccess.asks", "humanaccess.processes"):
        assert export(name) == ([], 0)
    cases = {row["case"] for row in export("audit.entries")[0]}
    assert not any(case and case.startswith(("LP-", "HA-")) for case in cases)
    with db.use_role("worker"):
        assert len(withheld_cases(user.reference)) == 2
    end_delay(timezone.now() - timedelta(seconds=1))
    assert export("humanaccess.asks")[1] == 1
    [process] = export("humanaccess.processes")[0]
    assert {"authority", "number", "delay", "scope"} == {text["part"] for text in process["texts"]}
    cases = {row["case"] for row in export("audit.entries")[0]}
    assert any(case and case.startswith("LP-") for case in cases)


def test_everything_appears_by_itself_at_the_end_to_the_second_without_a_sweep(read, user, client_of):
    ends_at = timezone.now() + timedelta(seconds=2)
    end_delay(ends_at)
    while timezone.now() < ends_at - timedelta(seconds=1):
        assert set(own_rows(user).values()) == {0}
        time.sleep(0.1)
    time.sleep(max(0, (ends_at - timezone.now()).total_seconds()) + 0.05)
    found = own_rows(user)
    assert timezone.now() < ends_at + timedelta(seconds=1)
    assert found["humanaccess_legalprocess"] == found["humanaccess_ask"] == found["humanaccess_grant"] == 1
    # received, scoped, listed, filed, approved, started, read
    assert found["entries"] >= 7
    page = client_of(user).get(HISTORY).content.decode()
    for word in (
        "Amtsgericht Musterstadt",
        "12 Gs 345/26",
        "Log lines of one app",
        "lena",
        "adam",
        "listed, not opened",
    ):
        assert word in page
    assert "The order forbids it" not in page


def test_the_sweep_writes_once_and_the_mail_names_nobody(receive, delayed_by, user, now):
    receive(**delayed_by)
    end_delay(timezone.now() - timedelta(seconds=1))
    assert sweep() == 1
    assert sweep() == 0
    with db.row_security_for(user.reference):
        [letter] = Letter.objects.all()
    assert letter.kind == "humanaccess.process_told"
    assert "Musterstadt" not in letter.subject_line


def test_counsel_may_tell_earlier_and_never_take_it_back(receive, delayed_by, counsel, user, now):
    process = receive(**delayed_by)
    with db.use_role("staff"):
        services.give_notice(process.reference, actor=counsel, now=now)
        for again in (
            lambda: services.give_notice(process.reference, actor=counsel, now=now),
            lambda: services.delay_notice(process.reference, actor=counsel, **delayed_by, now=now),
        ):
            with pytest.raises(WrongStateError):
                again()
    assert own_rows(user)["humanaccess_legalprocess"] == 1
    with db.use_role("staff"), pytest.raises(DatabaseError, match="never withheld again"):
        LegalProcess.objects.update(notified_at=None)


def test_a_delay_is_renewed_with_a_reason_and_a_new_end_until_it_ends(receive, delayed_by, counsel, now, events):
    process = receive(**delayed_by)
    longer = delayed_by | {"until": now.date() + timedelta(days=365)}
    with db.use_role("staff"):
        services.delay_notice(process.reference, actor=counsel, **longer, now=now)
    assert events("humanaccess.process.delayed") == [("humanaccess.process.delayed", "ok")]
    end_delay(timezone.now() - timedelta(seconds=1))
    with db.use_role("staff"), pytest.raises(WrongStateError):
        services.delay_notice(process.reference, actor=counsel, **longer, now=timezone.now())
    with db.use_role("staff"), pytest.raises(DatabaseError, match="never withheld again"):
        LegalProcess.objects.update(delayed_until=timezone.now() + timedelta(days=3))


@pytest.mark.parametrize("days", [None, 0, -3, 367])
def test_a_gag_without_an_end_or_with_one_too_far_is_refused(receive, delayed_by, counsel, now, days):
    until = None if days is None else now.date() + timedelta(days=days)
    with pytest.raises(CaseError) as refused:
        receive(**delayed_by | {"until": until})
    assert refused.value.field == "until"
    process = receive(**delayed_by)
    with db.use_role("staff"), pytest.raises(CaseError):
        services.delay_notice(process.reference, actor=counsel, **delayed_by | {"until": until}, now=now)


def test_a_gag_without_an_end_cannot_be_stored_by_sql(receive, delayed_by):
    receive(**delayed_by)
    for change in ("delayed_until = NULL", "delay_ground = ''", "delayed_until = NULL, delay_ground = ''"):
        with db.use_role("staff"), pytest.raises(DatabaseError, match="delay_ends"), db.atomic():
            db.connection().cursor().execute(f"UPDATE humanaccess_legalprocess SET {change}")
    with db.use_role("staff"), pytest.raises(DatabaseError, match="by a year at most"), db.atomic():
        LegalProcess.objects.update(delayed_until=timezone.now() + timedelta(days=367))


def test_an_untold_person_learns_nothing_from_another_ground(opened, make_request, user, client_of):
    make_request()
    page = client_of(user).get("/settings/permissions/").content.decode()
    assert page.count("HA-2026") >= 1
    assert opened.approval_request.reference not in page


def test_what_is_told_at_once_is_on_the_page_with_what_was_handed_over(receive, agree, counsel, user, client_of, now):
    process = agree(receive())
    with db.use_role("staff"):
        services.produce_data(
            process.reference, actor=counsel, production="Ninety lines.", recipient="Officer Meyer",
            handed_on=now.date(), now=now,
        )  # fmt: skip
    page = client_of(user).get(HISTORY).content.decode()
    for word in (process.reference, "Ninety lines.", "Officer Meyer", "Amtsgericht Musterstadt"):
        assert word in page
    assert (
        "Ninety lines."
        not in client_of(user.__class__.objects.get(pk=user.pk)).get("/settings/permissions/").content.decode()
    )
