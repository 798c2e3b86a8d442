"""Closing an account, by the keyboard alone: the person, the officer, who signs off, and whoever has the link."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.identity.roles import Role
from core import db
from rights import services
from rights.fulfilment.certificate import certificate_path
from rights.models import Certificate, RightsRequest, Step
from rights.states import RequestState, Verb
from tests.platform_rows import SHAPES, put_row

pytestmark = pytest.mark.browser


@pytest.fixture
def now():
    """The time now: entries that let rows go are measured against the database's clock."""
    return timezone.now()


@pytest.fixture(autouse=True)
def outside(settings, tmp_path):
    """Files in a folder of the test's own."""
    local = settings.STORAGES["default"]
    local = {**local, "OPTIONS": {**local["OPTIONS"], "location": str(tmp_path / "files")}}
    settings.STORAGES = {**settings.STORAGES, "default": local}


def tab_to(page, name):
    """Press Tab until what has the focus is called so."""
    for _ in range(120):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "(e => e.innerText || e.ariaLabel || (e.labels && e.labels[0] && e.labels[0].innerText) || '')"
            "(document.activeElement)"
        )
        if focused.strip().startswith(name):
            return
    raise AssertionError(f"No tab leads to {name}.")


def press(page, name):
    tab_to(page, name)
    page.keyboard.press("Enter")


def run_steps():
    with db.use_role("worker"):
        for step in Step.objects.order_by("position").values_list("pk", flat=True):
            services.run_step(step, clock=timezone.now)


def test_by_the_keyboard_an_account_is_closed(
    enter, user, make_staff, live_server, watched, check_page, keep_screen, now, tmp_path, settings
):
    settings.OFFICE_URL = live_server.url
    officer = make_staff("omar", Role.PRIVACY_OFFICER)
    counsel = make_staff("lena", Role.LEGAL_COUNSEL)
    for table in SHAPES:
        put_row(table, user.reference, now)

    enter(user)
    watched.goto(f"{live_server.url}/settings/privacy/")
    press(watched, "Close your account")
    watched.wait_for_url("**/new/deletion/")
    check_page("preview")
    keep_screen("deletion-new")
    tab_to(watched, "Your user name")
    watched.keyboard.type(user.username)
    watched.keyboard.press("Enter")
    watched.wait_for_selector("text=Check your answers")
    press(watched, "Close my account")
    watched.wait_for_url("**/requests/RR-*/confirmation/")
    check_page("confirmation of a deletion")
    press(watched, "See where it stands")
    watched.wait_for_url("**/requests/RR-*/")
    check_page("grace")
    keep_screen("deletion-grace")
    reference = watched.url.rstrip("/").rpartition("/")[2]
    watched.goto(f"{live_server.url}/settings/")
    check_page("overview with the news")

    with db.use_role("worker"):  # the grace is over
        RightsRequest.objects.update(grace_ends_at=now - timedelta(minutes=1))
    enter(officer, mfa=True)
    watched.goto(f"{live_server.url}/staff/rights/rightsrequest/{reference}/")
    press(watched, "Take")
    watched.wait_for_selector("text=You hold")
    press(watched, "Begin the deletion")
    watched.wait_for_url("**/erase/")
    check_page("begin")
    press(watched, "Begin the deletion")
    watched.wait_for_selector("text=has begun")
    run_steps()
    evidence = tmp_path / "deleted.txt"
    evidence.write_text("1 customer found, 1 deleted")
    with db.use_role("staff"):
        waiting = Step.objects.filter(verb=Verb.ATTEST).count()
    for number in range(waiting):
        watched.goto(f"{live_server.url}/staff/rights/rightsrequest/{reference}/")
        if number == 1:
            check_page("attesting")
            keep_screen("staff-deletion")
        press(watched, "Attest")
        watched.wait_for_url("**/attest/")
        if number == 0:
            check_page("attest")
            keep_screen("staff-attest")
        tab_to(watched, "it was erased there")
        watched.keyboard.press("Space")
        watched.get_by_label("Evidence").set_input_files(evidence)  # the system's own window is no page
        press(watched, "Attest")
        watched.wait_for_selector(f"text=It is attested on {reference}.")
    watched.wait_for_selector("text=Somebody who did not work on it signs it off.")
    check_page("settled")

    enter(counsel, mfa=True)
    watched.goto(f"{live_server.url}/staff/")
    check_page("first page of counsel")
    press(watched, "Sign off")
    watched.wait_for_url("**/sign_off/")
    check_page("sign-off")
    press(watched, "Sign off")
    watched.wait_for_selector("text=The last steps run")
    run_steps()
    watched.wait_for_selector("text=Download the certificate", timeout=15_000)
    check_page("fulfilled")
    keep_screen("staff-deletion-done")

    with db.use_role("worker"):
        assert RightsRequest.objects.get().state == RequestState.FULFILLED
        link = certificate_path(Certificate.objects.get())
    watched.context.clear_cookies()
    watched.goto(live_server.url + link)
    check_page("certificate")
    keep_screen("certificate")
    assert user.username not in watched.content()
