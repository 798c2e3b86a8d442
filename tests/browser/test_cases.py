"""Work on a case by the keyboard alone, and without JavaScript."""

import pytest
from django.utils import timezone

from accounts.identity.roles import Role
from core import db
from rights import services
from rights.models import RightsRequest, Step
from rights.states import Kind, RequestState

pytestmark = pytest.mark.browser
QUESTION = "Which of your two apps is this about?"


@pytest.fixture
def filed(user):
    with db.use_role("default"):
        return services.receive_request(user, kind=Kind.ACCESS, identified=True, now=timezone.now())


@pytest.fixture
def officer(make_staff):
    return make_staff("omar", Role.PRIVACY_OFFICER)


def state():
    with db.use_role("staff"):
        return RightsRequest.objects.get().state


def tab_to(page, name):
    """Press the tab key until what is called so has the focus."""
    for _ in range(80):
        page.keyboard.press("Tab")
        focused = page.evaluate("document.activeElement.innerText || document.activeElement.ariaLabel || ''")
        if focused.strip().startswith(name):
            return
    raise AssertionError(f"No tab leads to {name}.")


def test_by_the_keyboard_a_request_is_found_started_and_approved(enter, filed, officer, live_server, watched):
    enter(officer, mfa=True, fresh=True)
    watched.goto(f"{live_server.url}/staff/")
    watched.keyboard.press("/")
    watched.keyboard.type(filed.reference.lower())
    watched.keyboard.press("Enter")
    watched.wait_for_url(f"**/{filed.reference}/")
    tab_to(watched, "Take and start")
    watched.keyboard.press("Enter")
    watched.wait_for_selector("text=work on it has started")
    with db.use_role("worker"):
        for step_id in Step.objects.order_by("position").values_list("pk", flat=True):
            services.run_step(step_id, clock=timezone.now)
    watched.get_by_role("link", name="Approve the delivery").wait_for(timeout=15_000)
    tab_to(watched, "Approve the delivery")
    watched.keyboard.press("Enter")
    watched.wait_for_selector("text=The letter as the person will get it")
    tab_to(watched, "Approve the delivery")
    watched.keyboard.press("Enter")
    watched.wait_for_selector("text=Offered until")
    assert state() == RequestState.FULFILLED


def test_without_javascript_a_request_is_worked_asked_about_and_answered(
    enter, filed, user, officer, live_server, watched, browser
):
    def plain(person):
        enter(person, mfa=person is officer, fresh=True)
        return browser.new_context(java_script_enabled=False, storage_state=watched.context.storage_state()).new_page()

    page = plain(officer)
    page.goto(f"{live_server.url}/staff/")
    page.get_by_role("button", name="Take and start").click()
    assert state() == RequestState.IN_PROGRESS
    page.get_by_role("button", name="Undo").click()
    assert state() == RequestState.VERIFYING
    page.goto(f"{live_server.url}/staff/rights/rightsrequest/")
    page.get_by_text("Filter").first.click()
    page.get_by_label("State").select_option("being verified")
    page.get_by_role("button", name="Filter").click()
    page.get_by_role("checkbox", name=filed.reference).check()
    page.get_by_role("button", name="Take", exact=True).click()
    page.get_by_role("searchbox").fill(filed.reference)
    page.get_by_role("searchbox").press("Enter")
    page.get_by_role("link", name="Ask the person").click()
    page.get_by_label("Question").fill(QUESTION)
    page.get_by_role("button", name="Show the letter first").click()
    page.get_by_role("button", name="Ask the person").click()
    assert state() == RequestState.AWAITING_USER
    page.context.close()

    own = plain(user)
    own.goto(f"{live_server.url}/settings/")
    own.get_by_role("link", name="Read and answer").click()
    own.get_by_label("Your answer").fill("The older one.")
    own.get_by_role("button", name="Send the answer").click()
    own.get_by_text("Your answer was sent.").wait_for()
    own.context.close()
    assert state() == RequestState.VERIFYING
