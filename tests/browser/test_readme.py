"""The README's walk as written: the office as `make run` starts it, people signing in by its forms, in Chromium."""

import re
import time
import zipfile

import pytest

from omegaoffice.dev.demo.people import PASSWORD
from tests.dev.running.whole_office import bare_environment, free_port, manage, stop, up, wait_ready

pytestmark = pytest.mark.browser
LONG = 60_000


@pytest.fixture(scope="module")
def office_address(tmp_path_factory):
    """The address of an office with demo people and data, and the environment of commands beside it."""
    environment, port = bare_environment(tmp_path_factory.mktemp("office")), free_port()
    process = up(environment, port, "--demo")
    assert wait_ready(process, port) == 200
    yield f"http://localhost:{port}", environment
    stop(process)
    assert process.returncode == 0


@pytest.fixture
def type_code(office_address):
    """Type the code of the moment that the command shows; each works once, so wait for the next where one was used."""
    used = {}

    def type_in(page, name):
        while (code := manage(office_address[1], "demo_code", f"{name}@example.org").strip()) == used.get(name):
            time.sleep(1)
        used[name] = code
        page.locator("input[name=code]").wait_for()
        page.locator("input[name=code]").fill(code)
        page.keyboard.press("Enter")

    return type_in


@pytest.fixture
def sign_in(browser, office_address, type_code):
    """Sign somebody in by the form, staff with the code that the command shows; each in a browser of their own."""
    address, _environment = office_address
    faults = []

    def enter(name, *, staff=False):
        page = browser.new_context().new_page()
        page.on("pageerror", lambda error: faults.append(f"script: {error}"))
        page.on("response", lambda answer: faults.append(answer.url) if answer.status >= 400 else None)
        page.goto(f"{address}/accounts/login/")
        page.locator("input[name=login]").fill(f"{name}@example.org")
        page.locator("input[name=password]").fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        if staff:
            type_code(page, name)
        page.wait_for_url("**/settings/")
        if staff:
            page.get_by_role("link", name="Staff").click()
        return page

    yield enter
    assert faults == []


def confirm(page):
    """Say once more that it is really them, as the page before a sensitive act asks."""
    page.locator("input[type=password]").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()


def test_a_request(sign_in, type_code, tmp_path):
    layla = sign_in("layla")
    layla.get_by_role("link", name="Privacy", exact=True).click()
    layla.get_by_role("link", name="Ask for your data").click()
    confirm(layla)
    layla.get_by_role("button", name="File the request").click()
    layla.wait_for_url("**/requests/RR-*/")
    reference = re.search(r"RR-\d{4}-\d{6}", layla.url)[0]

    paula = sign_in("paula", staff=True)
    paula.get_by_role("link", name="Rights requests").first.click()
    paula.get_by_role("link", name=reference).click()
    paula.get_by_role("link", name="Take", exact=True).click()
    paula.get_by_role("button", name="Take this request").click()
    paula.get_by_role("link", name="Start the work").click()
    paula.get_by_role("button", name="Start the work").click()
    # The worker of the office does the rest; the page shows it without being touched.
    paula.get_by_role("link", name="Approve the delivery").click(timeout=LONG)
    type_code(paula, "paula")
    paula.get_by_role("button", name="Approve the delivery").click()
    paula.wait_for_selector("text=Offered until")

    layla.get_by_role("link", name="Letters").click()
    layla.wait_for_selector(f"text={reference}")
    layla.get_by_role("link", name="Privacy", exact=True).click()
    layla.get_by_role("link", name=reference).click()
    with layla.expect_download() as download:
        layla.get_by_role("link", name="Download").click()
    download.value.save_as(tmp_path / "package.zip")
    with zipfile.ZipFile(tmp_path / "package.zip") as archive:
        assert archive.testzip() is None
        assert "index.html" in archive.namelist()


def test_access_and_the_log(sign_in, type_code, office_address):
    sam = sign_in("sam", staff=True)
    sam.get_by_role("link", name="Approval requests").first.click()
    sam.get_by_role("link", name="Request access").click()
    type_code(sam, "sam")
    sam.get_by_label("Person").fill("layla@example.org")
    sam.get_by_label("Kind of item").select_option("connections.automation")
    sam.get_by_role("button", name="List items").click()
    sam.locator("input[name=items]").first.check()
    sam.get_by_label("Reason").fill("Your automation fails since Monday; its settings should say why.")
    sam.get_by_role("button", name="File the approval request").click()
    sam.wait_for_url("**/ask/HA-*/")
    approval_request = sam.url
    reference = re.search(r"HA-\d{4}-\d{6}", approval_request)[0]

    layla = sign_in("layla")
    layla.get_by_role("link", name="Requests to look at your data").first.click()
    layla.get_by_role("link", name=reference).first.click()
    confirm(layla)
    layla.locator("input[name=items]").first.wait_for()
    assert layla.locator("input[name=items]:checked").count() == 0
    layla.locator("input[name=items]").first.check()
    layla.get_by_role("button", name="Agree to what I ticked").click()
    layla.get_by_role("button", name="End this permission now").wait_for()

    sam.goto(approval_request)
    sam.get_by_role("button", name="Read").click()
    sam.wait_for_url("**/look/**")
    layla.get_by_role("link", name="Who looked at your data").first.click()
    layla.wait_for_selector("text=sam")
    layla.get_by_role("link", name="Requests to look at your data").first.click()
    layla.get_by_role("link", name=reference).first.click()
    layla.get_by_role("button", name="End this permission now").click()
    layla.get_by_role("button", name="End this permission now").wait_for(state="detached")
    sam.goto(approval_request)
    assert sam.get_by_role("button", name="Read").count() == 0

    ari = sign_in("ari", staff=True)
    ari.get_by_role("link", name="Log entries").first.click()
    ari.wait_for_selector(f"text={reference}")
    output = manage(office_address[1], "audit_verify")
    assert "entries agree with the tree" in output
