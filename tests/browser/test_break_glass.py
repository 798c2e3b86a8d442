"""Break-glass in a browser: opened in five clicks, seen by a colleague and by the user, reviewed in three."""

import re

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.identity.roles import Role
from core import db
from humanaccess.models import Grant, Review
from tests.browser.test_clicks import click  # noqa: F401  a fixture
from tests.platform_rows import put_row

pytestmark = pytest.mark.browser
REASON = "Mails go out from this account by the thousand; its automation should say to whom."
BAND = {
    "en": ("A security engineer opened access to data without a decision", "without a prior decision"),
    "ar": ("فتح أحد مهندسي الأمن الاطّلاع على بيانات بلا قرار", "بلا قرار مسبق"),
}


@pytest.fixture
def people(user, make_staff):
    put_row("workloads_app", user.reference, timezone.now())
    roles = {"erin": Role.SECURITY_ENGINEER, "ada": Role.APPROVER_SECURITY, "sam": Role.SUPPORT}
    return {name: make_staff(name, role) for name, role in roles.items()}


def test_an_incident_is_opened_seen_and_reviewed(enter, click, people, user, live_server, watched, check_page):  # noqa: F811
    enter(people["erin"], mfa=True)
    watched.goto(f"{live_server.url}/staff/humanaccess/ask/new/")
    watched.get_by_label("Person").fill(user.email)
    watched.keyboard.press("Enter")
    watched.get_by_label("Security").focus()
    watched.keyboard.press("Space")
    watched.keyboard.press("Enter")
    click("checkbox", "Deployed code")
    click("button", "List items")
    watched.locator("input[name=items]").first.focus()
    watched.keyboard.press("Space")
    click("button", "Next")
    watched.get_by_label("Reason").fill(REASON)
    watched.get_by_label("Bug or abuse report").fill("INC-2042")
    watched.keyboard.press("Enter")
    watched.get_by_role("heading", name="What is filed").wait_for()
    check_page("what is filed, with break-glass")
    click("button", "Open now without a decision (break-glass)")
    watched.get_by_role("heading", name="Open now without a decision?").wait_for()
    check_page("before break-glass")
    click("button", "Open it now, for one hour")
    watched.wait_for_url("**/ask/HA-*/")
    assert click.count == 5
    check_page("approval request, opened without a decision")
    case = watched.url
    watched.get_by_role("button", name="Read").click()
    watched.wait_for_url("**/look/**")
    check_page("a one-time code")
    watched.goto(case)
    check_page("opened, looked at")
    watched.get_by_role("button", name="Give it back").click()
    watched.get_by_role("button", name="Give it back").wait_for(state="detached")

    for language, (to_staff, to_user) in BAND.items():
        for person, path, sentence in ((people["sam"], "/staff/", to_staff), (user, "/settings/", to_user)):
            enter(person, mfa=person.is_staff)
            watched.context.add_cookies(
                [{"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": live_server.url}]
            )
            watched.goto(f"{live_server.url}{path}")
            watched.get_by_role("status").filter(has_text=sentence).wait_for()
            assert "erin" not in watched.locator(".alarm").all_inner_texts()
            check_page(f"band, {language}, {path}")

    enter(people["ada"], mfa=True)
    watched.goto(f"{live_server.url}/staff/")
    click.count = 0
    click("link", f"Review {case.rstrip('/').rpartition('/')[2]}")
    watched.wait_for_url("**/ask/HA-*/")
    click("link", re.compile("^Review$"))
    watched.get_by_label("Finding").select_option("In order")
    click("button", "Record the review")
    watched.wait_for_selector("text=Your review is recorded.")
    assert click.count == 3
    assert watched.locator(".alarm").count() == 0
    with db.use_role("staff"):
        assert Grant.objects.count() == Review.objects.count() == 1
