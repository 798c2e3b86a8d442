"""The README's walk as written: the office as `make run` starts it, people signing in by its forms, in Chromium."""

import json
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


@pytest.fixture(scope="module")
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
        page.wait_for_url("**/staff/" if staff else "**/settings/")
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
    layla.get_by_role("button", name="Continue").click()
    layla.get_by_role("button", name="File the request").click()
    layla.wait_for_url("**/requests/RR-*/confirmation/")
    reference = re.search(r"RR-\d{4}-\d{6}", layla.url)[0]

    paula = sign_in("paula", staff=True)
    paula.get_by_role("button", name=f"Take and start {reference}").click()
    # The worker of the office does the rest; the page shows it without being touched.
    paula.get_by_role("link", name="Approve the delivery").click(timeout=LONG)
    type_code(paula, "paula")
    paula.get_by_label("I have reviewed what machines found").check()
    paula.get_by_role("button", name="Show the letter first").click()
    paula.wait_for_selector("text=The letter as the person will get it")
    paula.get_by_role("button", name="Approve the delivery").click()
    paula.wait_for_selector("text=Offered until")

    layla.get_by_role("link", name="Letters").click()
    layla.wait_for_selector(f"text={reference}")
    layla.get_by_role("link", name=re.compile("^Privacy")).first.click()
    layla.get_by_role("row", name=reference).get_by_role("link").click()
    with layla.expect_download() as download:
        layla.get_by_role("link", name="Download").click()
    download.value.save_as(tmp_path / "package.zip")
    with zipfile.ZipFile(tmp_path / "package.zip") as archive:
        assert archive.testzip() is None
        assert "index.html" in archive.namelist()


@pytest.mark.long
def test_closing_an_account(sign_in, type_code, tmp_path, office_address):
    nadia = sign_in("nadia")
    nadia.get_by_role("link", name="Privacy", exact=True).click()
    nadia.get_by_role("link", name="Close your account").click()
    confirm(nadia)
    nadia.get_by_label("Your user name").fill("nadia")
    nadia.get_by_role("button", name="Continue").click()
    nadia.get_by_role("button", name="Close my account").click()
    nadia.get_by_role("link", name="See where it stands").click()
    nadia.get_by_role("button", name="Cancel the deletion").click()
    nadia.wait_for_selector("text=was withdrawn")

    paula = sign_in("paula", staff=True)
    paula.goto(f"{office_address[0]}/staff/rights/rightsrequest/?tab=all&kind=deletion")
    paula.get_by_role("row", name="rami").get_by_role("link", name="Begin the deletion").click()
    type_code(paula, "paula")
    paula.get_by_role("button", name="Begin the deletion").click()
    # The worker of the office erases; the page shows it without being touched.
    paula.get_by_role("row", name="Resource usage").get_by_text("done").wait_for(timeout=LONG)
    evidence = tmp_path / "deleted.txt"
    evidence.write_text("1 customer found, 1 deleted")
    paula.get_by_role("row", name="Stripe").get_by_role("link", name="Attest").click()
    paula.get_by_role("radio", name="it was erased there").check()
    paula.get_by_label("Evidence").set_input_files(evidence)
    paula.get_by_role("button", name="Attest").click()
    paula.get_by_role("row", name="Stripe").get_by_role("link", name="Evidence").wait_for()

    lena = sign_in("lena", staff=True)
    lena.get_by_role("link", name=re.compile("^Sign off")).first.click()
    type_code(lena, "lena")
    assert lena.get_by_text("timo").count() == 0
    lena.get_by_role("button", name="Sign off").click()
    lena.wait_for_selector("text=Download the certificate", timeout=LONG)
    with lena.expect_download() as download:
        lena.get_by_role("link", name="Download the certificate").click()
    assert json.loads(download.value.path().read_text())["statement"]["inside"]


def test_access_and_the_log(sign_in, type_code, office_address):
    sam = sign_in("sam", staff=True)
    sam.get_by_role("link", name="Approval requests").first.click()
    sam.get_by_role("link", name="Request access").click()
    type_code(sam, "sam")
    sam.get_by_label("Person").fill("layla@example.org")
    sam.get_by_role("button", name="Next").click()
    sam.get_by_role("checkbox", name="Automation settings").check()
    sam.get_by_role("button", name="List items").click()
    sam.locator("input[name=items]").first.check()
    sam.get_by_role("button", name="Next").click()
    sam.get_by_label("Reason").fill("Your automation fails since Monday; its settings should say why.")
    sam.get_by_role("button", name="Next").click()
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


def request_on_security_ground(page, which):
    """Fill in the form as selim does for layla's automation of this number; he has typed a code before."""
    page.get_by_label("Person").fill("layla@example.org")
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Security").check()
    page.get_by_role("button", name="Next").click()
    page.get_by_role("checkbox", name="Automation settings").check()
    page.get_by_role("button", name="List items").click()
    page.locator("input[name=items]").nth(which).check()
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Reason").fill(
        f"Automation {which} sends mail that others report; its settings should say to whom."
    )
    page.get_by_label("Bug or abuse report").fill(f"ABUSE-{17 + which}")
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="File the approval request").click()
    page.wait_for_url("**/ask/HA-*/")
    return re.search(r"HA-\d{4}-\d{6}", page.url)[0]


def open_approval_request(page, reference):
    page.get_by_role("link", name="Approval requests").first.click()
    page.get_by_role("link", name=reference).first.click()


def read_and_give_back(page):
    page.reload()
    address = page.url
    page.get_by_role("button", name="Read").click()
    page.wait_for_url("**/look/**")
    page.goto(address)
    page.get_by_role("button", name="Give it back").click()
    page.get_by_role("button", name="Give it back").wait_for(state="detached")


def record_review(page, reference, name, type_code):
    open_approval_request(page, reference)
    page.get_by_role("link", name="Review", exact=True).click()
    type_code(page, name)
    page.get_by_label("Finding").select_option("In order")
    page.get_by_role("button", name="Record the review").click()
    page.get_by_role("button", name="Record the review").wait_for(state="detached")
    page.wait_for_selector("text=in order")


@pytest.mark.long
def test_access_on_the_security_ground(sign_in, type_code):
    selim, aida, bilal, paula = (sign_in(name, staff=True) for name in ("selim", "aida", "bilal", "paula"))
    selim.get_by_role("link", name="Approval requests").first.click()
    new_request = selim.get_by_role("link", name="Request access")
    new_request.click()
    type_code(selim, "selim")
    reference = request_on_security_ground(selim, -1)
    open_approval_request(aida, reference)
    aida.get_by_role("link", name="Approve", exact=True).click()
    type_code(aida, "aida")
    aida.get_by_role("button", name="Approve").click()
    aida.wait_for_selector("text=Your approval is recorded.")
    read_and_give_back(selim)
    record_review(bilal, reference, "bilal", type_code)

    # What the user refuses takes both approvers, who see that, and then a privacy officer reviews.
    sam, layla = sign_in("sam", staff=True), sign_in("layla")
    sam.get_by_role("link", name="Approval requests").first.click()
    sam.get_by_role("link", name="Request access").click()
    type_code(sam, "sam")
    sam.get_by_label("Person").fill("layla@example.org")
    sam.get_by_role("button", name="Next").click()
    sam.get_by_role("checkbox", name="Automation settings").check()
    sam.get_by_role("button", name="List items").click()
    sam.locator("input[name=items]").nth(1).check()
    sam.get_by_role("button", name="Next").click()
    sam.get_by_label("Reason").fill("This automation stopped last week; its settings should say why.")
    sam.get_by_role("button", name="Next").click()
    sam.get_by_role("button", name="File the approval request").click()
    sam.wait_for_url("**/ask/HA-*/")
    layla.get_by_role("link", name="Requests to look at your data").first.click()
    layla.get_by_role("link", name=re.search(r"HA-\d{4}-\d{6}", sam.url)[0]).first.click()
    confirm(layla)
    layla.get_by_role("button", name="Refuse everything").click()
    layla.wait_for_selector("text=refused")

    open_approval_request(selim, reference)
    selim.get_by_role("link", name="Approval requests").first.click()
    new_request.click()
    refused = request_on_security_ground(selim, 1)
    for approver in (aida, bilal):
        open_approval_request(approver, refused)
        approver.get_by_role("link", name="Approve", exact=True).click()
        approver.get_by_label("I have seen that the user did not agree to one of these items").check()
        approver.get_by_role("button", name="Approve").click()
        approver.wait_for_selector("text=Your approval is recorded.")
        if approver is aida:
            aida.wait_for_selector("text=1 of 2 needed approvals count now")
    read_and_give_back(selim)
    record_review(paula, refused, "paula", type_code)

    layla.get_by_role("link", name="Who looked at your data").first.click()
    layla.get_by_role("heading", name="selim").first.wait_for()
    with layla.expect_download() as receipt:
        layla.get_by_role("link", name="Receipt of entry").first.click()
    assert receipt.value.path().read_text().startswith("c2sp.org/tlog-proof@v1\n")


def test_the_staff(sign_in, type_code):
    adam, amal = sign_in("adam", staff=True), sign_in("amal", staff=True)
    adam.get_by_role("link", name="People").first.click()
    adam.get_by_role("link", name="lena").click()
    adam.get_by_role("link", name="Give a role").click()
    type_code(adam, "adam")
    adam.get_by_label("Role").select_option(label="Approver on the security ground")
    adam.get_by_role("button", name="Give the role").click()
    adam.wait_for_selector("text=to be confirmed")
    assert adam.get_by_role("link", name="Confirm", exact=True).count() == 0

    amal.get_by_role("link", name="People").first.click()
    amal.get_by_role("link", name="lena").click()
    amal.get_by_role("link", name="Confirm", exact=True).click()
    type_code(amal, "amal")
    amal.get_by_role("button", name="Confirm").click()
    amal.wait_for_selector("text=Done, and written to the log.")
    assert amal.get_by_text("to be confirmed").count() == 0


def test_google_data(sign_in):
    layla = sign_in("layla")
    layla.get_by_role("link", name="Connections", exact=True).click()
    layla.get_by_role("button", name="Grant what your automations need").click()
    layla.get_by_role("radio", name=re.compile("layla@example.org")).check()
    layla.locator("input[name=granted]").first.uncheck()
    layla.get_by_role("button", name="Allow").click()
    layla.wait_for_selector("text=You refused")
    layla.get_by_role("button", name=re.compile("^Give what")).first.click()
    layla.get_by_role("radio", name=re.compile("layla@example.org")).check()
    layla.get_by_role("button", name="Allow").click()
    layla.get_by_role("link", name="End the access").click()
    layla.wait_for_selector("text=What stops until you grant it anew")
    layla.get_by_role("button", name="End the access").click()
    layla.wait_for_selector("text=Access that has ended")
    ended = layla.get_by_role("row", name="you ended it here")
    # The worker of the office tells Google.
    for _ in range(60):
        if not ended.get_by_text("not yet").count():
            break
        layla.wait_for_timeout(500)
        layla.reload()
    confirmed = ended.locator("td").last.inner_text()
    assert re.search(r"\d{4}, \d", confirmed), confirmed
