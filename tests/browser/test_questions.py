"""A question to the person and their answer, in a browser, the answer by the keyboard alone."""

import pytest
from django.utils import timezone

from accounts.identity.roles import Role
from core import db
from rights import services
from rights.models import RightsRequest
from rights.states import Kind, RequestState

pytestmark = pytest.mark.browser
QUESTION = "You have two apps with us. Is your request about both of them, or about one?"
ANSWER = "About the older one."


def test_a_question_is_asked_and_answered(enter, user, make_staff, live_server, watched, check_page, keep_screen, now):
    officer = make_staff("omar", Role.PRIVACY_OFFICER)
    with db.use_role("default"):
        request = services.receive_request(user, kind=Kind.ACCESS, identified=True, now=timezone.now(), regime="uk")
    enter(officer, mfa=True)
    watched.goto(f"{live_server.url}/staff/rights/rightsrequest/{request.reference}/")
    watched.get_by_role("button", name="Take", exact=True).click()
    watched.get_by_role("link", name="Ask the person").click()
    watched.get_by_label("Question").fill(QUESTION)
    watched.get_by_role("button", name="Show the letter first").click()
    watched.wait_for_selector("text=The law lets our period rest until then.")
    check_page("the question's letter")
    watched.get_by_role("button", name="Ask the person").click()
    watched.wait_for_selector("text=The period rests")
    check_page("a request that waits for an answer")

    enter(user, fresh=True)
    watched.goto(f"{live_server.url}/settings/")
    watched.get_by_role("link", name="Read and answer").click()
    field = watched.get_by_label("Your answer")
    assert field.evaluate("each => each === document.activeElement")
    check_page("the question")
    keep_screen("question")
    watched.keyboard.type(ANSWER)
    watched.reload()
    assert field.input_value() == ANSWER
    field.focus()
    watched.keyboard.press("Tab")
    watched.keyboard.press("Enter")
    watched.wait_for_selector("text=Your answer was sent.")
    with db.use_role("staff"):
        assert RightsRequest.objects.get().state == RequestState.VERIFYING

    enter(officer, mfa=True)
    watched.goto(f"{live_server.url}/staff/")
    watched.wait_for_selector("text=the person answered")
    watched.get_by_role("link", name=request.reference).click()
    watched.wait_for_selector(f"text={ANSWER}")
    keep_screen("staff-question")


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR, Role.PRIVACY_OFFICER, Role.SUPPORT])
def test_each_page_of_the_menu_can_be_used_by_everybody_and_on_a_phone(
    enter, make_staff, live_server, watched, check_page, role
):
    enter(make_staff("mia", role), mfa=True)
    watched.goto(f"{live_server.url}/staff/")
    links = watched.locator("#nav-sidebar a").evaluate_all("all => all.map(each => each.pathname)")
    assert len(links) > 3
    for address in dict.fromkeys(links):
        watched.goto(f"{live_server.url}{address}")
        check_page(f"{role}: {address}")
