"""Each kind of request by the keyboard alone, as user and as officer, in English and in Arabic.

A deletion in English is in test_deletion.py.
"""

import re
import zipfile
from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.translation import gettext, override

from accounts.identity.roles import Role
from core import db
from rights.models import Correction, ProcessingMark, RightsRequest, Step
from rights.states import Kind, RequestState, Verb
from tests.browser.test_correction import PAPER, platform_answers, work as work_on
from tests.browser.test_deletion import press, run_steps
from tests.platform_rows import put_row

pytestmark = pytest.mark.browser


@pytest.fixture(params=["en", "ar"])
def language(request):
    return request.param


@pytest.fixture
def push(watched, language):
    """Reach what is called so with Tab and press Enter: `push("Continue")`."""

    def reach(name):
        with override(language):
            press(watched, gettext(name))

    return reach


@pytest.fixture
def officer(make_staff, language):
    return make_staff("omar", Role.PRIVACY_OFFICER, language=language)


@pytest.fixture
def file(enter, user, live_server, watched, check_page, push, language):
    """File a request as layla from the privacy page: `file(kind, "Its title", answer)`; return its reference."""

    def do(kind, title, answer=lambda: None):
        with db.use_role("default"):
            type(user).objects.filter(pk=user.pk).update(language=language)
        enter(user)
        watched.goto(f"{live_server.url}/settings/privacy/")
        push(title)
        watched.wait_for_url(f"**/new/{kind}/")
        answer()
        push("Continue")
        watched.wait_for_selector("button[value=file]")
        check_page(f"{kind}, to be checked")
        push("File the request")
        watched.wait_for_url("**/requests/RR-*/confirmation/")
        check_page(f"{kind}, confirmed")
        with db.use_role("staff"):
            return RightsRequest.objects.get(kind=kind).reference

    return do


@pytest.fixture
def take(enter, officer, live_server, watched, push):
    """Open a request as the officer and take it: `take(reference)` returns its address."""

    def do(reference, act="Take"):
        enter(officer, mfa=True)
        case = f"{live_server.url}/staff/rights/rightsrequest/{reference}/"
        watched.goto(case)
        push(act)
        watched.wait_for_selector("button[formaction$='/release/'], #progress progress")
        return case

    return do


def choose(page, name, value):
    """Reach a radio button, a box or a field by Tab, and choose or type its value."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == name:
            break
    else:
        raise AssertionError(f"No tab leads to {name}.")
    kind = page.evaluate("document.activeElement.type")
    if kind == "checkbox":
        while page.evaluate("document.activeElement.value") != value:
            page.keyboard.press("Tab")
        page.keyboard.press("Space")
    elif kind == "radio":
        page.keyboard.press("Space")
        for _ in range(10):
            if page.evaluate("document.activeElement.value") == value:
                return
            page.keyboard.press("ArrowDown")
        raise AssertionError(f"No arrow leads to {value}.")
    else:
        page.keyboard.type(value)


def state_of(reference):
    with db.use_role("staff"):
        return RightsRequest.objects.get(reference=reference).state


@pytest.mark.parametrize(
    ("kind", "title"), [(Kind.ACCESS, "Ask for your data"), (Kind.PORTABILITY, "Take your data with you")]
)
def test_a_package(file, take, push, enter, user, live_server, watched, check_page, now, tmp_path, kind, title):
    put_row("workloads_app", user.reference, now)
    reference = file(kind, title)
    case = take(reference, "Take and start")
    watched.wait_for_selector("#progress progress")
    run_steps()
    watched.goto(case)
    check_page(f"{kind}, in review")
    push("Approve the delivery")
    watched.wait_for_url("**/approve/")
    push("Approve the delivery")
    watched.wait_for_url(case)
    enter(user)
    watched.goto(f"{live_server.url}/settings/privacy/requests/{reference}/")
    check_page(f"{kind}, ready")
    with watched.expect_download() as download:
        push("Download")
    download.value.save_as(tmp_path / "package.zip")
    with zipfile.ZipFile(tmp_path / "package.zip") as package:
        assert package.testzip() is None


def test_a_restriction(file, take, push, user, watched, check_page):
    put_row("workloads_logline", user.reference, timezone.now())

    def answer():
        choose(watched, "categories", "logs")
        choose(watched, "ground", "claims")

    reference = file(Kind.RESTRICTION, "Have the use of your data restricted", answer)
    case = take(reference)
    push("Grant it")
    watched.wait_for_url("**/grant/")
    check_page("granting a restriction")
    push("Grant it")
    watched.wait_for_url(case)
    check_page("a restriction in force")
    assert state_of(reference) == RequestState.FULFILLED


def test_an_objection(file, take, push, enter, user, live_server, watched, check_page):
    reference = file(Kind.OBJECTION, "Object to a use of your data", lambda: choose(watched, "to", "security"))
    take(reference)
    push("Grant it")
    watched.wait_for_url("**/grant/")
    push("Grant it")
    watched.wait_for_url(re.compile(f"{reference}/$"))
    enter(user)
    watched.goto(f"{live_server.url}/settings/privacy/")
    push("Lift")
    watched.wait_for_url("**/lift/")
    check_page("taking an objection back")
    push("Take it back")
    watched.wait_for_url("**/settings/privacy/")
    with db.use_role("staff"):
        assert not ProcessingMark.objects.filter(ended_at=None).exists()


def test_a_correction(file, take, push, user, watched, check_page):
    def answer():
        watched.locator("summary").first.wait_for()
        choose(watched, "identity.account::email", "right@example.org")
        choose(watched, "reason", "The mailbox was closed with the old company.")

    reference = file(Kind.CORRECTION, "Have your data corrected", answer)
    case = take(reference)
    push("Decide")
    watched.wait_for_url("**/decide/")
    check_page("the decision about a field, with its values")
    choose(watched, "decision", "accepted")
    push("Decide")
    watched.wait_for_url(case)
    push("Approve")
    watched.wait_for_url("**/start/")
    push("Approve")
    watched.wait_for_url(case)
    work_on(reference)
    platform_answers(reference)
    watched.goto(case)
    push("Attest")
    watched.wait_for_url("**/attest/")
    choose(watched, "finding", "corrected")
    watched.locator("input[type=file]").set_input_files(PAPER)  # the system's own dialogue
    push("Attest")
    watched.wait_for_url(case)
    push("Answer it")
    watched.wait_for_url("**/approve/")
    push("Answer it")
    watched.wait_for_url(case)
    check_page("a correction, answered")
    assert state_of(reference) == RequestState.FULFILLED
    with db.use_role("staff"):
        assert Correction.objects.get().applied_at is not None
        assert type(user).objects.get(pk=user.pk).email == "right@example.org"


@pytest.mark.parametrize("language", ["ar"], indirect=True)
def test_a_deletion(enter, take, push, user, make_staff, live_server, watched, check_page, now, tmp_path, settings):
    settings.OFFICE_URL = live_server.url
    type(user).objects.filter(pk=user.pk).update(language="ar")
    counsel = make_staff("lena", Role.LEGAL_COUNSEL, language="ar")
    put_row("workloads_app", user.reference, now)
    enter(user)
    watched.goto(f"{live_server.url}/settings/privacy/")
    push("Close your account")
    watched.wait_for_url("**/new/deletion/")
    check_page("preview of a deletion")
    choose(watched, "username", user.username)
    push("Continue")
    watched.wait_for_selector("button[value=file]")
    push("Close my account")
    watched.wait_for_url("**/requests/RR-*/confirmation/")
    check_page("a deletion, confirmed")
    reference = watched.url.split("/")[-3]

    with db.use_role("worker"):  # the grace is over
        RightsRequest.objects.update(grace_ends_at=now - timedelta(minutes=1))
    case = take(reference)
    push("Begin the deletion")
    watched.wait_for_url("**/erase/")
    push("Begin the deletion")
    watched.wait_for_selector("#progress progress")
    run_steps()
    evidence = {"name": "deleted.txt", "mimeType": "text/plain", "buffer": b"1 customer found, 1 deleted"}
    with db.use_role("staff"):
        waiting = Step.objects.filter(verb=Verb.ATTEST).count()
    for _ in range(waiting):
        watched.goto(case)
        push("Attest")
        watched.wait_for_url("**/attest/")
        choose(watched, "finding", "erased")
        watched.locator("input[type=file]").set_input_files(evidence)  # the system's own dialogue
        push("Attest")
        watched.wait_for_url(case)
    check_page("a deletion, settled")

    enter(counsel, mfa=True)
    watched.goto(f"{live_server.url}/staff/")
    push("Sign off")
    watched.wait_for_url("**/sign_off/")
    check_page("sign-off")
    push("Sign off")
    watched.wait_for_url(case)
    run_steps()
    with db.use_role("worker"):
        assert RightsRequest.objects.get().state == RequestState.FULFILLED
