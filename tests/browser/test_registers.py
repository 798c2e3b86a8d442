"""What counsel keeps: legal holds and processors, with the record of processing and what is past its rule."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.identity.roles import Role
from accounts.terms.models import Processor
from audit.log.models import Entry
from core import db
from omegaoffice.dev.demo.processors import complete_register
from rights.models import LegalHold
from tests.platform_rows import SHAPES, put_rows

pytestmark = pytest.mark.browser
AUTHORITY = "District Court of Hamburg, 312 O 45/26"
REASON = "Preserve everything until the claim is decided."


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def counsel(make_staff):
    return make_staff("lena", Role.LEGAL_COUNSEL)


@pytest.fixture
def visit(live_server, watched, check_page, keep_screen):
    """Go to a page, and check it in English and in Arabic."""

    def do(path, name, *, keep=False):
        watched.goto(live_server.url + path)
        check_page(name)
        if keep:
            keep_screen(name)
        watched.context.add_cookies([{"name": "django_language", "value": "ar", "url": live_server.url}])
        watched.goto(live_server.url + path)
        assert watched.get_attribute("html", "dir") == "rtl"
        check_page(f"{name} in Arabic")
        watched.context.clear_cookies(name="django_language")
        watched.goto(live_server.url + path)

    return do


def test_a_hold_is_imposed_by_the_form_and_lifted(enter, visit, watched, counsel, user, now):
    enter(counsel, mfa=True)
    visit("/staff/rights/legalhold/", "staff-holds-empty")
    watched.click("text=Place a legal hold")
    watched.get_by_label("Person").fill(user.email)
    watched.get_by_label("What it keeps").select_option("commands")
    watched.get_by_label("Authority").fill(AUTHORITY)
    watched.get_by_label("Reason").fill(REASON)
    watched.get_by_label("Ends on").fill((now.date() + timedelta(days=30)).isoformat())
    watched.click("button:text('Place it')")
    watched.wait_for_selector("text=The hold is in force.")
    with db.use_role("staff"):
        hold = LegalHold.objects.get()
    assert (hold.subject, hold.category, hold.ended_at) == (user.reference, "commands", None)
    visit(f"/staff/rights/legalhold/{hold.pk}/", "staff-hold", keep=True)
    visit("/staff/rights/legalhold/", "staff-holds", keep=True)
    watched.goto(watched.url + f"{hold.pk}/")
    watched.click("text=Lift the hold")
    watched.click("button:text('Lift it')")
    watched.wait_for_selector("text=The hold is lifted.")
    with db.use_role("staff"):
        assert LegalHold.objects.get().ended_at is not None


def test_a_hold_without_an_end_keeps_what_was_typed(enter, watched, live_server, counsel, user, check_page):
    enter(counsel, mfa=True)
    watched.goto(f"{live_server.url}/staff/rights/legalhold/new_hold/")
    watched.get_by_label("Person").fill(user.email)
    watched.get_by_label("Reason").fill(REASON)
    watched.evaluate("document.querySelectorAll('form').forEach(form => form.noValidate = true)")
    watched.click("button:text('Place it')")
    watched.wait_for_selector(".errorlist, .field-error, [aria-invalid=true]")
    check_page("hold refused")
    assert watched.get_by_label("Reason").input_value() == REASON
    with db.use_role("staff"):
        assert not LegalHold.objects.exists()


def test_the_register_of_processors_and_the_record_of_processing(enter, visit, watched, counsel, now, live_server):
    complete_register(counsel, now)
    enter(counsel, mfa=True)
    visit("/staff/terms/processor/", "staff-processors", keep=True)
    visit("/staff/terms/processor/sentry/", "staff-processor")
    watched.click("text=Record a review")
    watched.get_by_label("Due diligence on").fill(now.date().isoformat())
    watched.get_by_label("Next review due on").fill((now.date() + timedelta(days=300)).isoformat())
    watched.click("button:text('Record')")
    watched.wait_for_url("**/processor/sentry/")
    with db.use_role("staff"):
        assert Processor.objects.get(slug="sentry").due_diligence_on == now.date()
    visit("/staff/terms/processor/sentry/change/", "staff-processor-change")
    visit("/staff/terms/processingrecord/", "staff-record")
    visit("/policy/processors/", "processors", keep=True)


def test_what_is_past_its_rule_is_on_a_page(enter, visit, counsel, user, now):
    for table in SHAPES:
        put_rows(table, user.reference, now - timedelta(days=900), 3)
    call_command("sweep")
    with db.use_role("auditor"):
        assert Entry.objects.filter(event="workloads.records.expired").exists()
    enter(counsel, mfa=True)
    visit("/staff/terms/retentionreport/", "staff-retention", keep=True)
