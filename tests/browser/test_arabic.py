"""The main pages in Arabic: from the right, fitting, with nothing left in English but names and codes."""

import re

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.identity.roles import Role
from tests.platform_rows import put_row

pytestmark = pytest.mark.browser
NAMES = re.compile(r"OmegaOffice|OmegaCloud|Google|GitHub|English|Gmail|Drive|Docs|Sheets|GDPR|UTC|SHA|ZIP|omega run")
#: what is written for people; names and codes stand in elements of their own
TEXTS = "h1, h2, h3, label, legend, th, dt, button, .btn, nav a, .badge, .status, p, [role=alert]"


@pytest.fixture
def arabic(watched, live_server, enter):
    """Visit a page in Arabic on a phone, signed in or not, and check how it reads."""
    watched.set_viewport_size({"width": 390, "height": 844})

    def visit(path, person=None, **how):
        if person is not None:
            enter(person, **how)
        watched.context.add_cookies([{"name": settings.LANGUAGE_COOKIE_NAME, "value": "ar", "url": live_server.url}])
        watched.goto(f"{live_server.url}{path}")
        assert watched.evaluate("document.documentElement.dir") == "rtl"
        wide = watched.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{path} scrolls sideways by {wide} px"
        here = watched.locator(".sidenav [aria-current], .tabs [aria-current]")
        out = here.evaluate_all("found => found.map(each => each.getBoundingClientRect())")
        assert all(box["left"] >= 0 and box["right"] <= 390 for box in out), f"{path}: the current tab is out of sight"
        texts = watched.locator(TEXTS).evaluate_all(
            "found => found.filter(each => !each.closest('bdi, code, .mono'))"
            ".map(each => { const copy = each.cloneNode(true);"
            " copy.querySelectorAll('bdi, code, .mono, option, input, textarea').forEach(part => part.remove());"
            " return copy.textContent.trim() })"
        )
        english = [text for text in texts if re.search(r"[A-Za-z]{3,}", NAMES.sub("", text))]
        return [text for text in english if person is None or person.username not in text]

    return visit


@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"])
def test_pages_before_signing_in(arabic, path):
    assert arabic(path) == []


def test_pages_of_a_user(arabic, user):
    put_row("connections_automation", user.reference, timezone.now())
    for path in ("", "profile/", "security/", "connections/", "privacy/", "looked/", "permissions/", "letters/"):
        assert arabic(f"/settings/{path}", user) == []
    assert arabic("/settings/privacy/requests/new/access/", user) == []


def test_pages_of_staff(arabic, make_staff):
    officer = make_staff("omar", Role.PRIVACY_OFFICER, Role.AUDITOR)
    support = make_staff("sam", Role.SUPPORT)
    for path in ("", "rights/rightsrequest/", "audit/entry/"):
        assert arabic(f"/staff/{path}", officer, mfa=True) == []
    for path in ("humanaccess/ask/", "humanaccess/ask/new/"):
        assert arabic(f"/staff/{path}", support, mfa=True) == []
