"""The security ground in a browser: an engineer finds items and requests approval, a second person decides."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.timezone import localtime

from accounts.identity.roles import Role
from tests.platform_rows import put_row, put_rows

pytestmark = pytest.mark.browser
REASON = "Your upload failed twice on Monday; these lines should say why."


def local(at, person):
    return localtime(at, person.zone).strftime("%Y-%m-%dT%H:%M")


def fill_in_request(watched, address, user, *, now):
    """Find the user's log lines on the staff site and fill in the approval request."""
    watched.goto(f"{address}/staff/humanaccess/ask/new/")
    watched.get_by_label("Person").fill(user.email)
    watched.keyboard.press("Enter")
    watched.get_by_label("Security").check()
    next_step = watched.get_by_role("button", name="Next")
    next_step.click()
    watched.get_by_role("checkbox", name="Application log lines").check()
    watched.get_by_label("From").fill(local(now - timedelta(hours=2), user))
    watched.get_by_label("Until").fill(local(now, user))
    watched.get_by_role("button", name="List this person's apps").click()
    watched.get_by_label("aws, me-central-1").check()
    watched.get_by_label("Until").press("Enter")
    boxes = watched.locator("input[name=items]")
    boxes.first.wait_for()
    for box in boxes.all():
        box.check()
    next_step.click()
    watched.get_by_label("Reason").fill(REASON)
    watched.get_by_label("Bug or abuse report").fill("ABUSE-17")
    next_step.click()


def test_a_second_person_decides_on_the_security_ground(enter, user, make_staff, live_server, watched, check_page):
    now = timezone.now()
    engineer, approver = make_staff("erin", Role.SECURITY_ENGINEER), make_staff("ada", Role.APPROVER_SECURITY)
    make_staff("paula", Role.PRIVACY_OFFICER)  # who is left to review
    app = put_row("workloads_app", user.reference, now)
    put_rows("workloads_logline", user.reference, now - timedelta(hours=1), 2, app=app)
    enter(engineer, mfa=True)
    fill_in_request(watched, live_server.url, user, now=now)
    watched.get_by_role("button", name="File the approval request").click()
    watched.wait_for_url("**/ask/HA-*/")
    staff_page = watched.url
    enter(approver, mfa=True)
    watched.goto(staff_page)
    check_page("an approval request that waits")
    watched.get_by_role("link", name="Approve", exact=True).click()
    check_page("decision")
    watched.get_by_role("button", name="Approve").click()
    watched.wait_for_selector("text=Your approval is recorded.")
    check_page("approved")
