"""Legal holds on pages: the list, one hold, placing and lifting; the case of a deletion, and its person's own page."""

from datetime import timedelta

import pytest
from django.test import Client

from accounts.identity.roles import Role
from audit.log.models import Entry
from core import db
from rights import services
from rights.models import LegalHold
from rights.states import Kind
from tests.signin import sign_in

HOLDS = "/staff/rights/legalhold/"
REASON = "Preserve everything until the claim is decided."


@pytest.fixture
def counsel(client, make_staff):
    return sign_in(client, make_staff("lena", Role.LEGAL_COUNSEL), mfa=True, fresh=True)


@pytest.fixture
def facts(user, now):
    ends_on = (now.date() + timedelta(days=10)).isoformat()
    return {"subject": user.email, "category": "usage", "authority": "Court", "reason": REASON, "ends_on": ends_on}


@pytest.fixture
def held(counsel, facts):
    """A hold on Layla's usage, placed on the pages."""
    assert counsel.post(f"{HOLDS}new_hold/", facts).status_code == 302
    with db.use_role("staff"):
        return LegalHold.objects.get()


def shown():
    with db.use_role("auditor"):
        return Entry.objects.filter(event="rights.hold.shown").count()


def test_whether_an_address_has_an_account_is_told_with_a_hold_alone(counsel, facts):
    for address in (facts["subject"], "nobody@example.org"):
        answer = counsel.post(f"{HOLDS}new_hold/", {**facts, "subject": address, "reason": ""})
        assert "Nobody has this address" not in answer.content.decode()
    assert (
        "Nobody has this address" in counsel.post(f"{HOLDS}new_hold/", {**facts, "subject": address}).content.decode()
    )


def test_counsel_places_a_hold_by_an_address_opens_it_and_lifts_it(counsel, held, user):
    assert held.subject == user.reference
    page = counsel.get(HOLDS).content.decode()
    assert "10 days left" in page
    assert user.reference in page
    assert "Court" not in page
    assert shown() == 0
    page = counsel.get(f"{HOLDS}{held.pk}/").content.decode()
    assert REASON in page
    assert "lena" in page
    assert shown() == 1
    assert counsel.post(f"{HOLDS}{held.pk}/lift/").status_code == 302
    page = counsel.get(f"{HOLDS}{held.pk}/").content.decode()
    assert "lifted" in page
    assert "/lift/" not in page
    assert counsel.post(f"{HOLDS}{held.pk}/lift/").status_code == 409


def test_an_auditor_sees_a_hold_without_its_texts_and_others_see_none(held, make_staff):
    browser = sign_in(Client(), make_staff("aya", Role.AUDITOR), mfa=True, fresh=True)
    page = browser.get(f"{HOLDS}{held.pk}/").content.decode()
    assert "Court" not in page
    assert REASON not in page
    assert f"{HOLDS}new_hold/" not in browser.get(HOLDS).content.decode()
    assert browser.post(f"{HOLDS}{held.pk}/lift/").status_code == 403
    assert shown() == 0
    browser = sign_in(Client(), make_staff("adam", Role.ADMINISTRATOR), mfa=True, fresh=True)
    assert browser.get(HOLDS).status_code == 403


@pytest.mark.parametrize(
    ("field", "wrong", "sentence"),
    [
        ("subject", "nobody@example.org", "Nobody has this address."),
        ("subject", "f" * 32, "Nobody has this reference or address."),
        ("category", "shoes", "shoes"),
        ("reason", "short", "at least 20 characters"),
        ("ends_on", "2020-01-01", "Give a day to come"),
        ("ends_on", "", "Give a day to come: a hold has an end."),
    ],
)
def test_a_wrong_field_is_named_with_its_rule(counsel, facts, field, wrong, sentence):
    answer = counsel.post(f"{HOLDS}new_hold/", {**facts, field: wrong})
    assert answer.status_code == 422
    assert sentence in answer.content.decode()


def test_all_that_is_wrong_is_named_at_once(counsel, facts):
    answer = counsel.post(f"{HOLDS}new_hold/", {**facts, "ends_on": "2020-01-01", "reason": "short"})
    for sentence in ("Give a day to come", "at least 20 characters"):
        assert sentence in answer.content.decode()


def test_a_second_hold_of_a_scope_conflicts(counsel, held, facts):
    answer = counsel.post(f"{HOLDS}new_hold/", facts)
    assert answer.status_code == 409
    assert "There is a hold of this scope" in answer.content.decode()


def test_placing_needs_a_step_up(client, make_staff):
    sign_in(client, make_staff("priya", Role.PRIVACY_OFFICER), mfa=True)
    assert client.get(f"{HOLDS}new_hold/")["Location"].startswith("/settings/step-up/")


def test_the_case_of_a_deletion_says_what_waits_and_its_person_what_is_kept(
    held, counsel, file_request, user, officer, now, make_staff
):
    request = file_request(user, at=now - timedelta(days=15), kind=Kind.DELETION)
    own = sign_in(Client(), user).get(f"/settings/privacy/requests/{request.reference}/").content.decode()
    assert "A law obliges us to keep this until" in own
    assert "Resource usage" in own
    assert "Court" not in own
    with db.use_role("staff"):
        services.take_request(request.reference, actor=officer, now=now)
    case = f"/staff/rights/rightsrequest/{request.reference}/"
    browser = sign_in(Client(), officer, mfa=True, fresh=True)
    page = browser.get(case).content.decode()
    assert f'href="{case}erase/"' in page  # a hold on one category lets the deletion begin
    assert f"{HOLDS}{held.pk}/" in page
    assert f"{HOLDS}new_hold/?subject={user.reference}" in page
    form = browser.get(f"{HOLDS}new_hold/?subject={user.reference}").content.decode()
    assert f'value="{user.reference}"' in form
    assert browser.post(f"{case}erase/").status_code == 302
    assert "waits for the legal hold on Resource usage, until" in browser.get(case).content.decode()


def test_a_hold_on_everything_takes_the_button_and_answers_with_the_reason(
    counsel, facts, file_request, user, officer, now
):
    request = file_request(user, at=now - timedelta(days=15), kind=Kind.DELETION)
    with db.use_role("staff"):
        services.take_request(request.reference, actor=officer, now=now)
    counsel.post(f"{HOLDS}new_hold/", {**facts, "category": ""})
    browser = sign_in(Client(), officer, mfa=True, fresh=True)
    case = f"/staff/rights/rightsrequest/{request.reference}/"
    for page in (case, "/staff/rights/rightsrequest/", "/staff/"):
        assert f"{case}erase/" not in browser.get(page).content.decode()
    answer = browser.post(f"{case}erase/")
    assert answer.status_code == 409
    assert "A legal hold keeps this" in answer.content.decode()
