"""What is typed is kept in the tab until filed: through errors, a session that ends, a step-up, the back button."""

import json

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from accounts.identity.roles import Role
from core import db
from humanaccess import services
from humanaccess.grounds import Ground
from tests.platform_rows import put_row
from tests.signin import sign_in

pytestmark = pytest.mark.browser
REASON = "Your invoices stopped on Monday; the settings of this automation should say why."
KEPT = "text=We kept what you typed here."


@pytest.fixture
def become(live_server, page):
    """Take over the tab as somebody; an answer of 4xx is no fault here, a script error is."""
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))

    def enter(person, **how):
        client = sign_in(Client(), person, **{"fresh": True, "mfa": person.is_staff, **how})
        name = settings.SESSION_COOKIE_NAME
        page.context.clear_cookies(name=name)
        page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])

    yield enter
    assert faults == []


@pytest.fixture
def visit(live_server, page):
    return lambda path: page.goto(f"{live_server.url}{path}")


def drafts(page):
    """Return what the tab keeps: field → value, of all drafts together."""
    kept = page.evaluate("Object.entries(sessionStorage).filter(([key]) => key.startsWith('draft:')).map(([, v]) => v)")
    return {name: value for draft in kept for name, value in json.loads(draft)["fields"].items()}


def to_the_reason(page, user):
    """Walk from the first step of a new approval request, where the person is filled in, to the reason."""
    page.get_by_role("button", name="Next").click()
    page.get_by_role("checkbox", name="Automation settings").check()
    page.get_by_role("button", name="List items").click()
    page.locator("input[name=items]").first.check()
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Reason").wait_for()


@pytest.fixture
def support(make_staff, user):
    """A support agent, and an automation of the user to ask for."""
    put_row("connections_automation", user.reference, timezone.now())
    return make_staff("sam", Role.SUPPORT)


def test_an_error_keeps_what_was_typed_and_filing_forgets_it(become, visit, page, support, user):
    become(support)
    visit("/staff/humanaccess/ask/new/")
    page.get_by_label("Person").fill("nobody@example.org")
    page.get_by_role("button", name="Next").click()
    page.get_by_role("checkbox", name="Automation settings").check()
    page.get_by_role("button", name="List items").click()
    page.wait_for_selector("text=Nobody has exactly this address")
    assert page.get_by_label("Person").input_value() == "nobody@example.org"
    page.get_by_label("Person").fill(user.email)
    to_the_reason(page, user)
    page.get_by_label("Reason").fill("Too short")
    assert page.locator("[data-count]").inner_text() == "9"
    page.get_by_role("button", name="Next").click()
    page.wait_for_selector("text=at least 20 characters")
    assert page.get_by_label("Reason").input_value() == "Too short"
    assert page.locator(KEPT).count() == 0  # nothing was lost, so nothing is said
    page.get_by_label("Reason").fill(REASON)
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="File the approval request").wait_for()
    assert drafts(page)["reason"] == REASON
    page.get_by_role("button", name="File the approval request").click()
    page.wait_for_url("**/ask/HA-*/")
    assert drafts(page) == {}


def test_a_session_that_ends_in_the_middle_loses_no_step(become, visit, page, support, user):
    become(support)
    visit("/staff/humanaccess/ask/new/")
    page.get_by_label("Person").fill(user.email)
    to_the_reason(page, user)
    page.get_by_label("Reason").fill(REASON)
    with db.use_role("default"):
        Session.objects.all().delete()
    page.get_by_role("button", name="Next").click()
    page.wait_for_url("**/accounts/login/**")
    page.get_by_label("Password").fill("wrong")
    become(support)
    visit("/staff/humanaccess/ask/new/")
    page.wait_for_selector(KEPT)
    assert page.get_by_label("Person").input_value() == user.email
    page.get_by_role("button", name="Next").click()
    page.get_by_role("checkbox", name="Automation settings").check()
    page.get_by_role("button", name="List items").click()
    page.locator("input[name=items]").first.wait_for()
    assert page.locator("input[name=items]").first.is_checked()
    page.get_by_role("button", name="Next").click()
    assert page.get_by_label("Reason").input_value() == REASON
    assert "password" not in drafts(page)


def test_the_back_button_brings_it_back_until_it_is_discarded(become, visit, page, user):
    become(user)
    visit("/settings/profile/")
    name = page.get_by_label("User name")
    before = name.input_value()
    name.fill("layla_renamed")
    page.get_by_role("link", name="Privacy", exact=True).click()
    page.wait_for_url("**/privacy/")
    page.go_back()
    page.wait_for_selector(KEPT)
    assert name.input_value() == "layla_renamed"
    page.get_by_role("button", name="Discard it").click()
    assert name.input_value() == before
    assert page.locator(KEPT).count() == 0
    assert drafts(page) == {}


def test_a_form_that_never_arrived_is_kept(become, visit, page, user):
    become(user)
    visit("/settings/profile/")
    page.get_by_label("User name").fill("layla_renamed")
    page.route(
        "**/settings/profile/", lambda route: route.abort() if route.request.method == "POST" else route.continue_()
    )
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("chrome-error://**")
    page.unroute("**/settings/profile/")
    visit("/settings/profile/")
    page.wait_for_selector(KEPT)
    assert page.get_by_label("User name").input_value() == "layla_renamed"
    page.get_by_role("button", name="Save").click()
    page.locator(KEPT).wait_for(state="detached")
    assert drafts(page) == {}


def test_a_step_up_in_the_middle_keeps_a_note_and_the_decision_forgets_it(become, visit, page, make_staff, user):
    engineer, approver = make_staff("erin", Role.SECURITY_ENGINEER), make_staff("ada", Role.APPROVER_SECURITY)
    make_staff("paula", Role.PRIVACY_OFFICER)
    put_row("connections_automation", user.reference, timezone.now())
    with db.use_role("staff"):
        items = services.list_items(
            asker=engineer, subject=user, kind="connections.automation", where={}, now=timezone.now()
        )
        filed = services.request_approval(
            asker=engineer,
            subject=user,
            ground=Ground.SECURITY,
            items=items,
            reason=REASON,
            abuse_reference="ABUSE-17",
            now=timezone.now(),
        )
    address = f"/staff/humanaccess/ask/{filed.reference}/approve/"
    become(approver)
    visit(address)
    page.get_by_label("Note").fill("Seen the report.")
    become(approver, fresh=False)
    page.get_by_role("button", name="Approve").click()
    page.wait_for_url("**/step-up/**")
    become(approver)
    visit(address)
    page.wait_for_selector(KEPT)
    assert page.get_by_label("Note").input_value() == "Seen the report."
    page.get_by_role("button", name="Approve").click()
    page.wait_for_selector("text=Your approval is recorded.")
    assert drafts(page) == {}


@pytest.mark.parametrize("how", ["sign-out", "another person"])
def test_who_signs_out_leaves_nothing_behind(become, visit, page, support, make_user, how):
    become(support)
    visit("/staff/humanaccess/ask/new/")
    page.get_by_label("Person").fill("layla@example.org")
    assert drafts(page) == {"person": "layla@example.org"}
    if how == "sign-out":
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url(lambda address: "ask/new" not in address)
    else:
        become(make_user("omar"))
        visit("/settings/profile/")
    assert drafts(page) == {}


def test_what_proves_who_somebody_is_is_never_kept(become, visit, page, user):
    visit("/accounts/login/")
    page.locator("[name=login]").fill(user.email)
    page.locator("[name=password]").fill("a secret")
    visit("/accounts/signup/")
    page.locator("[name=email]").fill(user.email)
    become(user, fresh=False)
    visit("/settings/step-up/?next=/settings/")
    page.get_by_role("button", name="Send the code").click()
    page.locator("[name=code]").fill("123456")
    assert drafts(page) == {}
