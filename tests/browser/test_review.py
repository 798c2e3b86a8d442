"""A review in a browser: reads beside the reason, a concern, what follows from it; in Arabic from the right."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.identity.models import User
from accounts.identity.roles import Role
from accounts.personaldata.item_providers import NamedItem
from core import db
from humanaccess import services
from humanaccess.grounds import Ground
from tests.platform_rows import put_rows

pytestmark = pytest.mark.browser
REASON = "Your upload failed twice on Monday; these lines should say why."
TODO, DONE = "Ask Erin why the second line was opened.", "We talked: it was the wrong line."


@pytest.fixture
def used(user, make_staff):
    """A grant on the security ground, read under once, and given back."""
    now, engineer = timezone.now(), make_staff("erin", Role.SECURITY_ENGINEER)
    ids = put_rows("workloads_logline", user.reference, now - timedelta(hours=1), 2)
    facts = {"app": "00000000", "level": "error", "time": "2026-11-23 09:00:00+00:00"}
    items = [NamedItem("workloads.logline", item, facts) for item in ids]
    approver = make_staff("ada", Role.APPROVER_SECURITY)
    make_staff("paula", Role.PRIVACY_OFFICER)
    with db.use_role("staff"):
        filed = services.request_approval(
            asker=engineer, subject=user, ground=Ground.SECURITY, items=items, reason=REASON,
            abuse_reference="ABUSE-17", now=now,
        )  # fmt: skip
        grant = services.approve_request(filed, actor=approver, now=now, window=timedelta(hours=1))
        services.read_item(grant.pk, item_id=ids[0], reader=engineer, mfa=True, stepped_up=True, now=timezone.now())
        services.close_grant(grant, reader=engineer, now=timezone.now())
    return filed


def test_a_concern_is_found_followed_up_and_settled(used, user, make_staff, enter, live_server, watched, check_page):
    officer = User.objects.get(username="paula")
    enter(officer, mfa=True, fresh=True)
    watched.goto(f"{live_server.url}/staff/")
    watched.get_by_role("link", name="Review").first.click()
    watched.goto(f"{live_server.url}/staff/humanaccess/ask/{used.reference}/review/")
    check_page("a review")
    text = watched.locator("main").inner_text()
    assert REASON in text
    assert "read 1 time" in text
    assert "never read" in text
    watched.get_by_label("Finding").select_option("concern")
    record = watched.get_by_role("button", name="Record the review")
    record.click()
    watched.wait_for_selector("text=With a concern, say what is to follow")
    watched.get_by_label("What is to follow").select_option("talk")
    watched.get_by_label("What is to be done").fill(TODO)
    watched.get_by_label("By when").fill((timezone.now() + timedelta(days=3)).date().isoformat())
    record.click()
    watched.wait_for_selector("text=Your review is recorded.")
    watched.goto(f"{live_server.url}/staff/")
    watched.get_by_role("link", name="Settle").first.click()
    watched.goto(f"{live_server.url}/staff/humanaccess/ask/{used.reference}/settle/")
    check_page("a follow-up")
    assert TODO in watched.locator("main").inner_text()
    watched.get_by_label("What was done").fill(DONE)
    watched.get_by_role("button", name="Settle").click()
    watched.wait_for_selector("text=It is settled.")
    enter(user, fresh=True)
    watched.goto(f"{live_server.url}/settings/looked/")
    check_page("the outcome of a review")
    assert "a concern was found" in watched.locator("main").inner_text()


def test_the_review_in_arabic_runs_from_the_right_on_a_phone(used, enter, live_server, watched):
    watched.set_viewport_size({"width": 390, "height": 844})
    enter(User.objects.get(username="paula"), mfa=True, fresh=True)
    watched.context.add_cookies([{"name": settings.LANGUAGE_COOKIE_NAME, "value": "ar", "url": live_server.url}])
    watched.goto(f"{live_server.url}/staff/humanaccess/ask/{used.reference}/review/")
    assert watched.evaluate("document.documentElement.dir") == "rtl"
    assert watched.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    assert REASON in watched.locator("main").inner_text()
