"""Access to Google data in a browser: granted in part, added to, ended, confirmed; in English and in Arabic."""

import pytest
from django.utils import timezone

from omegaoffice.dev.practice.google_scopes import ROOT
from omegaoffice.settings.security import content_security_policy
from tests.platform_rows import put_row

pytestmark = pytest.mark.browser


def allow(page, *refused):
    """Answer the practice provider's consent page as layla, without the scopes that are named."""
    page.wait_for_url("**/google/o/oauth2/**")
    page.locator("input[name=person]").first.check()
    for scope in refused:
        page.locator(f"input[name=granted][value='{ROOT}{scope}']").uncheck()
    page.locator("button[value=allow]").click()
    page.wait_for_url("**/settings/connections/")


@pytest.mark.parametrize("language", ["en", "ar"])
def test_access_is_granted_in_part_added_to_and_ended(
    enter,
    user,
    google,
    work,
    settings,
    live_server,
    watched,
    check_page,
    keep_screen,
    language,
):
    settings.CONTENT_SECURITY_POLICY = content_security_policy([google.base_url])
    type(user).objects.filter(pk=user.pk).update(language=language)
    put_row("connections_automation", user.reference, timezone.now(), scopes=["gmail.readonly", "spreadsheets"])
    enter(user)
    page = f"{live_server.url}/settings/connections/"
    watched.goto(page)
    check_page("connections, nothing granted")
    watched.locator("form[action$='/google/consent/'] button").click()
    allow(watched, "gmail.readonly")
    check_page("connections, one permission refused")
    watched.locator("article form button").click()
    allow(watched)
    check_page("connections, all granted")
    if language == "en":
        keep_screen("connections")
    watched.locator("a[href$='/google/end/']").click()
    check_page("ending the access")
    watched.locator("main form.confirm button").click()
    watched.wait_for_url(page)
    check_page("connections, the end not confirmed")
    assert work() == 1
    watched.goto(page)
    check_page("connections, ended")
