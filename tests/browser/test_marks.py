"""Restriction and objection in a browser: filed, decided, in force, lifted; the first by the keyboard alone."""

import pytest
from django.utils import timezone

from accounts.identity.roles import Role
from core import db
from rights.models import ProcessingMark, RightsRequest
from tests.browser.test_deletion import press, tab_to
from tests.platform_rows import put_row

pytestmark = pytest.mark.browser


@pytest.fixture
def officer(make_staff):
    return make_staff("omar", Role.PRIVACY_OFFICER)


def test_by_the_keyboard_a_restriction_is_filed_granted_and_lifted(
    enter, user, officer, live_server, watched, check_page, keep_screen
):
    put_row("workloads_logline", user.reference, timezone.now())
    enter(user)
    watched.goto(f"{live_server.url}/settings/privacy/")
    press(watched, "Have the use of your data restricted")
    watched.wait_for_url("**/new/restriction/")
    check_page("form of a restriction")
    keep_screen("restriction-new")
    tab_to(watched, "Application logs")
    watched.keyboard.press("Space")
    # Into the group of radio buttons, and to its third.
    for _ in range(20):
        watched.keyboard.press("Tab")
        if watched.evaluate("document.activeElement.name") == "ground":
            break
    watched.keyboard.press("Space")
    watched.keyboard.press("ArrowDown")
    watched.keyboard.press("ArrowDown")
    press(watched, "Continue")
    watched.wait_for_selector("text=Check your answers")
    check_page("restriction, to be checked")
    assert watched.get_by_text("You no longer need it, and I do, for a legal claim").is_visible()
    press(watched, "Change")
    watched.wait_for_selector("text=Where do you live?")
    assert watched.locator("input[name=categories][value=logs]").is_checked()
    assert watched.locator("input[name=ground][value=claims]").is_checked()
    press(watched, "Continue")
    watched.wait_for_selector("text=Check your answers")
    press(watched, "File the request")
    watched.wait_for_url("**/requests/RR-*/confirmation/")
    check_page("restriction, confirmed")
    reference = watched.url.split("/")[-3]

    enter(officer, mfa=True)
    page = f"{live_server.url}/staff/rights/rightsrequest/{reference}/"
    watched.goto(page)
    press(watched, "Take")
    watched.wait_for_selector("text=Weigh what is asked")
    check_page("restriction, to decide")
    keep_screen("staff-restriction")
    press(watched, "Grant it")
    watched.wait_for_url(f"{page}grant/")
    check_page("granting, with its letter")
    press(watched, "Grant it")
    watched.wait_for_url(page)
    check_page("restriction, in force, staff")

    enter(user)
    watched.goto(f"{live_server.url}/settings/privacy/")
    check_page("privacy, with a restriction in force")
    keep_screen("restriction-in-force")
    press(watched, "Lift")
    watched.wait_for_url("**/marks/*/lift/")
    check_page("lifting")
    press(watched, "Lift it")
    watched.wait_for_url("**/settings/privacy/")
    with db.use_role("staff"):
        assert not ProcessingMark.objects.filter(ended_at=None).exists()


@pytest.mark.parametrize("language", ["en", "ar"])
def test_objections(enter, user, make_user, make_staff, live_server, watched, check_page, keep_screen, language):
    officer = make_staff("omar", Role.PRIVACY_OFFICER, language=language)
    with db.use_role("default"):
        type(user).objects.filter(pk=user.pk).update(language=language)
    new = f"{live_server.url}/settings/privacy/requests/new/objection/"

    def file(choice):
        watched.goto(new)
        watched.locator(f"input[name=to][value={choice}]").check()
        watched.locator("main form.card button.btn-primary").click()

    enter(user)
    file("contract")
    check_page("objection to what the contract needs")
    keep_screen(f"objection-refused-{language}", variants=False)
    with db.use_role("staff"):
        assert not RightsRequest.objects.exists()
    file("analytics")
    check_page("objection, to be checked")
    watched.locator("button[value=file]").click()
    watched.wait_for_url("**/requests/RR-*/confirmation/")
    check_page("objection, answered at once")
    keep_screen(f"objection-done-{language}", variants=False)

    file("security")
    watched.locator("button[value=file]").click()
    watched.wait_for_url("**/requests/RR-*/confirmation/")
    reference = watched.url.split("/")[-3]
    watched.goto(f"{live_server.url}/settings/privacy/")
    check_page("privacy, with one objection in force and one pending")
    keep_screen(f"objections-{language}", variants=False)

    enter(officer, mfa=True)
    page = f"{live_server.url}/staff/rights/rightsrequest/{reference}/"
    watched.goto(page)
    watched.locator("button[formaction$='/take/']").click()
    watched.locator("a[href$='/grant/']").click()
    watched.wait_for_url(f"{page}grant/")
    check_page("granting an objection")
    watched.locator("main form.confirm button[type=submit]").click()
    watched.wait_for_url(page)
    check_page("objection, in force, staff")
    keep_screen(f"staff-objection-{language}", variants=False)
    with db.use_role("staff"):
        assert ProcessingMark.objects.filter(ended_at=None, kind="objected").count() == 2
