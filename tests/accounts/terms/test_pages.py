"""The register and the record of processing on pages: the public list, the staff's acts, downloads."""

import csv
import io
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone, translation

from accounts.identity.roles import Role
from accounts.personaldata import categories
from accounts.terms.models import Processor
from accounts.terms.record import csv_of, record_of_processing
from core import db
from tests.signin import sign_in

REGISTER = "/staff/terms/processor/"
RECORD = "/staff/terms/processingrecord/"
GOOD = {
    "name": "Acme Mail GmbH",
    "purpose": "carrying our e-mail",
    "country": "DE",
    "contract": "DPA 3",
    "contract_on": "2025-03-01",
    "privacy_url": "https://acme.example/privacy",
}


@pytest.fixture(autouse=True)
def english():
    """Records are in the language of whichever request came last."""
    with translation.override("en"):
        yield


@pytest.fixture
def counsel(client, make_staff):
    return sign_in(client, make_staff("lucas", Role.LEGAL_COUNSEL), mfa=True, fresh=True)


def test_everybody_reads_who_processes_data(client, office):
    page = client.get("/policy/processors/").content.decode()
    assert "Amazon Web Services" in page
    assert "United States" in page
    assert 'href="https://stripe.com/privacy"' in page
    assert "contract" not in page.lower()


def test_one_that_was_ended_is_not_on_the_public_list(client, office, now):
    with db.use_role("owner"):
        Processor.objects.filter(slug="mixpanel").update(ended_at=now)
    assert "Mixpanel" not in client.get("/policy/processors/").content.decode()


def test_the_privacy_page_names_processors_and_leads_to_the_list(client, user):
    page = sign_in(client, user).get("/settings/privacy/").content.decode()
    assert "<bdi>Amazon Web Services</bdi>" in page
    assert 'href="/policy/processors/"' in page


def test_counsel_adds_changes_reviews_and_ends(counsel):
    today = timezone.localdate()
    new = {**GOOD, "slug": "acme", "since_on": (today + timedelta(days=20)).isoformat()}
    assert counsel.post(f"{REGISTER}new_processor/", {**new, "since_on": today.isoformat()}).status_code == 422
    assert counsel.post(f"{REGISTER}new_processor/", new).status_code == 302
    page = counsel.get(f"{REGISTER}acme/").content.decode()
    assert "Germany" in page
    assert "no due diligence" in page
    form = counsel.get(f"{REGISTER}acme/change/").content.decode()
    assert 'value="2025-03-01"' in form
    assert counsel.post(f"{REGISTER}acme/change/", {**GOOD, "country": "FR"}).status_code == 302
    public = counsel.get("/policy/processors/").content.decode()
    assert "from <time" in public
    assert "France" in public
    assert counsel.post(f"{REGISTER}acme/keep/").status_code == 302
    assert counsel.post(f"{REGISTER}acme/keep/").status_code == 409
    assert "France" not in counsel.get("/policy/processors/").content.decode()
    assert counsel.post(f"{REGISTER}acme/change/", {**GOOD, "country": "FR"}).status_code == 302
    dates = {"due_diligence_on": today.isoformat(), "review_due_on": (today + timedelta(days=20)).isoformat()}
    assert counsel.post(f"{REGISTER}acme/review/", dates).status_code == 302
    page = counsel.get(f"{REGISTER}acme/").content.decode()
    assert "France" in page
    assert "review due soon" in page
    assert counsel.post(f"{REGISTER}acme/end/").status_code == 302
    assert f"{REGISTER}acme/end/" not in counsel.get(f"{REGISTER}acme/").content.decode()
    assert counsel.post(f"{REGISTER}acme/review/", dates).status_code == 409


def test_a_wrong_field_is_named_with_its_rule(counsel):
    new = {**GOOD, "slug": "acme", "since_on": (timezone.localdate() + timedelta(days=20)).isoformat()}
    answer = counsel.post(f"{REGISTER}new_processor/", {**new, "privacy_url": "http://acme.example/"})
    assert answer.status_code == 422
    assert "The address must begin with https://." in answer.content.decode()
    answer = counsel.post(f"{REGISTER}new_processor/", {**new, "country": "XX"})
    assert answer.status_code == 422
    assert "XX" in answer.content.decode()


def test_one_that_receives_data_is_not_ended_and_the_page_says_why(counsel):
    answer = counsel.post(f"{REGISTER}mail/end/")
    assert answer.status_code == 409
    assert "These categories name it: Account and Letters" in answer.content.decode()


def test_the_register_names_what_is_missing_and_overdue(counsel):
    with db.use_role("owner"):
        Processor.objects.filter(slug="aws").update(review_due_on=timezone.localdate() - timedelta(days=1))
    page = counsel.get(REGISTER).content.decode()
    assert "review overdue" in page
    assert "no contract" in page


def test_overdue_reviews_wait_on_the_first_page_of_whoever_keeps_the_register(client, counsel, make_staff, now):
    assert "review is overdue" not in client.get("/staff/").content.decode()
    with db.use_role("owner"):
        Processor.objects.filter(slug="aws").update(review_due_on=timezone.localdate() - timedelta(days=1))
        # Not late anywhere: the page is in the reader's zone, where the next day may have begun.
        Processor.objects.filter(slug="sentry").update(review_due_on=timezone.localdate() + timedelta(days=1))
        Processor.objects.filter(slug="mail").update(
            review_due_on=timezone.localdate() - timedelta(days=9), ended_at=now
        )
    page = client.get("/staff/").content.decode()
    assert "1 review is overdue" in page
    assert f'<a class="btn btn-sm" href="{REGISTER}">' in page
    with db.use_role("owner"):
        Processor.objects.filter(slug="stripe").update(review_due_on=timezone.localdate() - timedelta(days=30))
    assert "2 reviews are overdue" in client.get("/staff/").content.decode()
    sign_in(client, make_staff("aya", Role.AUDITOR), mfa=True)
    assert "reviews are overdue" not in client.get("/staff/").content.decode()


def test_an_act_needs_a_step_up_and_a_reader_has_no_buttons(client, make_staff):
    sign_in(client, make_staff("priya", Role.PRIVACY_OFFICER), mfa=True)
    assert client.get(f"{REGISTER}aws/review/")["Location"].startswith("/settings/step-up/")
    sign_in(client, make_staff("aya", Role.AUDITOR), mfa=True, fresh=True)
    assert f"{REGISTER}new_processor/" not in client.get(REGISTER).content.decode()
    assert client.get(f"{REGISTER}aws/review/").status_code == 403


def test_the_record_says_of_each_category_what_article_30_asks(counsel):
    with override_settings(CONTROLLER_NAME="Omega Ltd", PRIVACY_CONTACT="dpo@example.org"):
        page = counsel.get(RECORD).content.decode()
    assert "Omega Ltd" in page
    assert "dpo@example.org" in page
    record = record_of_processing()
    names = {category.name for category in categories.data_categories()}
    assert {activity["category"] for activity in record["activities"]} == names
    for activity in record["activities"]:
        assert "Amazon Web Services (United States)" in activity["processors"]
        assert all(activity[name] for name in ("title", "purposes", "legal_basis", "data", "source", "retention"))


def test_the_record_is_downloaded_as_csv_and_json(counsel):
    answer = counsel.get(f"{RECORD}json/")
    assert answer["Content-Disposition"].endswith('.json"')
    activities = json.loads(answer.content)["activities"]
    answer = counsel.get(f"{RECORD}csv/")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["category"] for row in rows] == [activity["category"] for activity in activities]
    assert rows[0]["contact"] == "hello@omegacloud.ai"


def test_no_cell_of_the_csv_is_a_formula(office, monkeypatch):
    account = categories._categories["identity.account"]
    monkeypatch.setitem(categories._categories, account.name, replace(account, title='=HYPERLINK("x")'))
    rows = list(csv.DictReader(io.StringIO(csv_of(record_of_processing()).removeprefix("\ufeff"))))
    assert '\'=HYPERLINK("x")' in {row["title"] for row in rows}


def test_countries_are_named_in_the_readers_language(office):
    with translation.override("ar"):
        assert Processor.objects.get(slug="aws").country_label == "الولايات المتحدة"
