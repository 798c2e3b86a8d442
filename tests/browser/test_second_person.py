"""The security ground in a browser: an engineer finds items and requests approval, a second person decides."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.identity.roles import Role
from tests.platform_rows import put_rows

pytestmark = pytest.mark.browser
REASON = "Your upload failed twice on Monday; these lines should say why."


def fill_in_request(watched, address, user, *, now):
    """Find the user's log lines on the staff site and fill in the approval request."""
    watched.goto(f"{address}/staff/humanaccess/ask/new/")
    watched.get_by_label("Person").fill(user.email)
    watched.get_by_label("Kind of item").select_option("workloads.logline")
    watched.get_by_label("App").fill("00000000-0000-0000-0000-000000000007")
    watched.get_by_label("From (UTC)").fill((now - timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M"))
    watched.get_by_label("Until (UTC)").fill(now.strftime("%Y-%m-%dT%H:%M"))
    watched.get_by_role("button", name="List items").click()
    watched.get_by_role("checkbox").first.wait_for()
    for box in watched.get_by_role("checkbox").all():
        box.check()
    watched.get_by_label("Ground").select_option("security")
    watched.get_by_label("Reason").fill(REASON)
    watched.get_by_label("Bug or abuse report").fill("ABUSE-17")


def test_a_second_person_decides_on_the_security_ground(enter, user, make_staff, live_server, watched, check_page):
    now = timezone.now()
    engineer, approver = make_staff("erin", Role.SECURITY_ENGINEER), make_staff("ada", Role.APPROVER_SECURITY)
    make_staff("paula", Role.PRIVACY_OFFICER)  # who is left to review
    put_rows("workloads_logline", user.reference, now - timedelta(hours=1), 2)
    enter(engineer, mfa=True)
    fill_in_request(watched, live_server.url, user, now=now)
    watched.get_by_role("button", name="File the approval request").click()
    watched.wait_for_url("**/ask/HA-*/")
    staff_page = watched.url
    enter(approver, mfa=True)
    watched.goto(staff_page)
    check_page("decision")
    watched.get_by_role("button", name="Approve").click()
    watched.wait_for_selector("text=Your approval is recorded.")
    check_page("approved")
