"""Access to Google data in a browser, with a real worker: granted, added to, taken away, reduced, ended, confirmed."""

import re
from io import StringIO

import pytest
import requests
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.core.management import call_command
from django.db import connections
from django.utils import timezone

from accounts.connections import security_events
from accounts.connections.models import GoogleGrant, Revocation
from core import db
from omegaoffice.dev.practice.google_scopes import ROOT
from omegaoffice.settings.security import content_security_policy
from tests.dev.practice.provider import retarget
from tests.platform_rows import put_row
from tests.real_workers import real_workers

pytestmark = pytest.mark.browser
PAGE = "/settings/connections/"
LAYLA, OMAR = "100000000000000000001", "100000000000000000002"
GMAIL, DRIVE = "/gmail/v1/users/me/messages", "/drive/v3/files"
PHONE = {"width": 390, "height": 844}
#: milliseconds in which what a worker does is to be on the page
SOON = 15_000


@pytest.fixture
def practice_there(google, github, settings, monkeypatch):
    """The practice provider beside the office, and nothing known yet of its keys."""
    settings.CONTENT_SECURITY_POLICY = content_security_policy([google.base_url])
    retarget(monkeypatch, google.base_url)
    monkeypatch.setattr(security_events, "KEYS", security_events.KeySet())
    return google


@pytest.fixture
def worker(office, practice_there, tmp_path):
    """A Celery worker of its own process, which asks the practice provider; with a journal of erasures of its own."""
    own = {"PRACTICE_PROVIDER_URL": practice_there.base_url, "AUDIT_CHECKPOINT_DIR": tmp_path / "checkpoints"}
    with real_workers(**own) as start:
        yield start()


@pytest.fixture
def needs(user):
    """Make an automation that needs scopes: `needs("Name", "drive.file")`."""

    def make(name, *scopes):
        now = timezone.now()
        return put_row("connections_automation", user.reference, now, scopes=[*scopes], sealed={"name": name})

    return make


@pytest.fixture
def invoices(needs):
    return needs("Invoices to sheet", "gmail.readonly", "spreadsheets")


@pytest.fixture
def fetch(live_server, user):
    """Fetch an automation's token as the platform, by a service token of the console: `fetch(automation)`."""
    printed = StringIO()
    with db.use_role("staff"):
        call_command("service_token", "platform", "--scope", "tokens", stdout=printed, stderr=StringIO())
    key = printed.getvalue().strip()

    def do(automation):
        body = {"subject": user.reference, "automation": str(automation)}
        headers = {"Authorization": f"Bearer {key}"}
        return requests.post(f"{live_server.url}/api/v1/platform/tokens", json=body, headers=headers, timeout=20)

    return do


@pytest.fixture
def opens(practice_there):
    """Return what Google's data endpoints answer to a token: `opens(token)`."""

    def ask(token):
        headers = {"Authorization": f"Bearer {token}"}
        base = f"{practice_there.base_url}/google"
        return [requests.get(base + path, headers=headers, timeout=20).status_code for path in (GMAIL, DRIVE)]

    return ask


@pytest.fixture
def home(enter, user, live_server, watched, worker, invoices):
    """Open the page of connections as layla, in her language: `home("ar")`."""
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)

    def go(language="en"):
        type(user).objects.filter(pk=user.pk).update(language=language)
        enter(user)
        watched.goto(live_server.url + PAGE)
        return watched

    return go


def allow(page, *refused, who=LAYLA):
    """Answer the practice provider's consent page, without the scopes that are named."""
    page.wait_for_url("**/google/o/oauth2/**")
    page.locator(f"input[name=person][value='{who}']").check()
    for scope in refused:
        page.locator(f"input[name=granted][value='{ROOT}{scope}']").uncheck()
    page.locator("button[value=allow]").click()
    page.wait_for_url(f"**{PAGE}")


def grant(page, *refused, who=LAYLA):
    """Grant what all automations need."""
    page.locator("form[action$='/google/consent/'] button").click()
    allow(page, *refused, who=who)


def card(page, automation):
    """Return the form or link that the page has for one automation."""
    return page.locator(f"[action$='/google/consent/{automation}/'] button, [href$='/google/end/{automation}/']")


def confirm(page):
    page.locator("main form.confirm button").click()
    page.wait_for_url(f"**{PAGE}")


def wait_for_ended(page, count=1):
    """Reload until so many ends are confirmed, which the worker does."""
    with db.use_role("worker"):
        confirmed = Revocation.objects.filter(confirmed_at__isnull=False)
        for _ in range(SOON // 250):
            if confirmed.count() >= count:
                break
            page.wait_for_timeout(250)
        assert confirmed.count() == count
    page.reload()


def granted():
    with db.use_role("worker"):
        return [scope for scopes in GoogleGrant.objects.values_list("scopes", flat=True) for scope in scopes]


@pytest.mark.parametrize("language", ["en", "ar"])
def test_access_is_granted_in_part_added_to_taken_away_reduced_and_ended(
    home, invoices, needs, user, fetch, opens, check_page, keep_screen, language
):
    page = home(language)
    if language == "ar":
        page.set_viewport_size(PHONE)
    check_page("connections, nothing granted")
    card(page, invoices).click()
    allow(page, "gmail.readonly")
    check_page("connections, one permission refused")
    assert granted() == ["spreadsheets"]
    assert "gmail.readonly" in page.locator("article .card-foot").inner_text()
    assert fetch(invoices).status_code == 409
    card(page, invoices).click()
    allow(page)
    assert granted() == ["gmail.readonly", "spreadsheets"]
    assert opens(fetch(invoices).json()["access_token"]) == [200, 403]

    files = needs("Copies of files", "drive.file")
    page.reload()
    card(page, files).click()
    allow(page)
    check_page("connections, all granted")
    if language == "en":
        keep_screen("connections")
    assert opens(fetch(files).json()["access_token"]) == [403, 200]
    assert opens(fetch(invoices).json()["access_token"]) == [200, 403]

    card(page, files).click()
    check_page("taking the access away from one")
    confirm(page)
    check_page("connections, taken away from one")
    assert [fetch(each).status_code for each in (files, invoices)] == [409, 200]
    card(page, files).click()
    page.wait_for_load_state()
    assert fetch(files).status_code == 200

    with connections["owner"].cursor() as cursor:  # the platform says that it needs less now
        cursor.execute("UPDATE connections_automation SET scopes = '{spreadsheets}' WHERE id = %s", [files])
    page.reload()
    check_page("connections, one permission too many")
    page.locator(".card-foot a[href$='/google/end/']").click()
    check_page("reducing the access")
    confirm(page)
    wait_for_ended(page)
    grant(page)
    assert granted() == ["gmail.readonly", "spreadsheets"]

    page.locator("a[href$='/google/end/']").click()
    check_page("ending the access")
    confirm(page)
    assert granted() == []
    assert fetch(invoices).status_code == 409
    wait_for_ended(page, 2)
    check_page("connections, ended")
    assert page.locator("section:last-of-type .pill.warning").count() == 0


def test_another_account_is_refused_with_a_sentence_and_ended_there(home, practice_there, check_page):
    page = home()
    grant(page, "gmail.readonly")
    grant(page, who=OMAR)
    assert "You chose another Google account" in page.locator("main").inner_text()
    check_page("connections, another account")
    wait_for_ended(page)
    assert "it was of another Google account" in page.locator("main").inner_text()
    assert granted() == ["spreadsheets"]
    assert [each["sub"] for each in practice_there.state()["google"]["grants"]] == [LAYLA]


def wait_until_gone(page):
    for _ in range(SOON // 250):
        if not granted():
            return
        page.wait_for_timeout(250)
    raise AssertionError("the grant is still here")


def test_what_is_ended_at_google_is_gone_within_seconds_and_so_are_sessions_through_it(
    home, user, invoices, enter, fetch, practice_there, live_server, check_page
):
    page = home()
    with db.use_role("default"):
        SocialAccount.objects.create(user=user, provider="google", uid=LAYLA)
    page.context.clear_cookies()
    page.goto(f"{live_server.url}/accounts/login/")
    page.get_by_role("button", name="Continue with Google").click()
    page.locator(f"input[name=person][value='{LAYLA}']").check()
    page.locator("button[value=allow]").click()
    page.wait_for_url("**/settings/**")
    page.goto(live_server.url + PAGE)
    grant(page)
    assert fetch(invoices).status_code == 200

    page.goto(f"{practice_there.base_url}/google/permissions?person={LAYLA}")
    page.get_by_role("button", name="Remove access").click()
    page.get_by_text("access was removed").wait_for()
    wait_until_gone(page)
    # The account's event comes after its token's.
    for _ in range(20):
        page.goto(live_server.url + PAGE)
        if "/accounts/login/" in page.url:
            break
        page.wait_for_timeout(500)
    assert "/accounts/login/" in page.url
    assert fetch(invoices).status_code == 409
    enter(user)
    page.goto(live_server.url + PAGE)
    wait_for_ended(page)
    assert "it ended at Google" in page.locator("main").inner_text()
    check_page("connections, ended at Google")
    grant(page)
    assert fetch(invoices).status_code == 200


def test_what_has_ended_at_google_unheard_is_found_by_the_next_token(home, invoices, fetch, practice_there):
    page = home()
    grant(page)
    practice_there.fault("google.token", "invalid_grant")
    assert "has ended" in fetch(invoices).json()["detail"]
    wait_until_gone(page)
    wait_for_ended(page)
    assert "it ended at Google" in page.locator("main").inner_text()
    practice_there.clear_faults()
    grant(page)
    assert fetch(invoices).status_code == 200


def test_github_is_connected_disconnected_and_confirms(home, user, live_server, check_page):
    user.set_password("correct horse battery staple")
    user.save()
    page = home()
    page.goto(f"{live_server.url}/accounts/3rdparty/")
    page.get_by_role("button", name="Connect GitHub").click()
    page.locator(f"input[name=person][value='{LAYLA}']").check()
    page.locator("button[value=allow]").click()
    page.wait_for_url("**/accounts/3rdparty/")
    check_page("Google and GitHub, one connected")
    page.goto(live_server.url + PAGE)
    assert "Once you disconnect it" in page.locator("main").inner_text()
    page.goto(f"{live_server.url}/accounts/3rdparty/")
    page.get_by_role("button", name="Disconnect").click()
    page.get_by_text("GitHub is being told").wait_for()
    page.goto(live_server.url + PAGE)
    wait_for_ended(page)
    [row] = page.locator("section:last-of-type tbody tr").all()
    assert re.search(r"GitHub\s+you ended it here", row.inner_text())
    assert row.locator(".pill").count() == 0
    check_page("connections, GitHub ended")
