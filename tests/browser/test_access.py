"""An access from end to end, in a browser: request approval, agree item by item, read, see who read, revoke."""

import pytest
from django.utils import timezone

from accounts.identity.roles import Role
from audit.sequencer.sequence import sequence
from core import db
from tests.platform_rows import put_row

pytestmark = pytest.mark.browser
REASON = "Your invoices stopped on Monday; the settings of this automation should say why."


@pytest.fixture
def automations(user):
    """Two automations of the user."""
    at = timezone.now()
    names = ("First", "Second")
    return [put_row("connections_automation", user.reference, at, sealed={"name": name}) for name in names]


def test_access_on_the_users_agreement(
    enter, user, make_staff, automations, live_server, watched, check_page, keep_screen, settings, tmp_path
):
    settings.AUDIT_CHECKPOINT_DIR = str(tmp_path)
    support = make_staff("sam", Role.SUPPORT)
    make_staff("paula", Role.PRIVACY_OFFICER)  # who may review: without one, agreement opens nothing
    enter(support, mfa=True)
    watched.goto(f"{live_server.url}/staff/")
    check_page("staff")
    watched.goto(f"{live_server.url}/staff/humanaccess/ask/new/")
    check_page("whose data")
    watched.get_by_label("Person").fill(user.email)
    next_step = watched.get_by_role("button", name="Next")
    next_step.click()
    watched.get_by_role("checkbox", name="Automation settings").check()
    check_page("find items")
    watched.get_by_role("button", name="List items").click()
    boxes = watched.locator("input[name=items]")
    boxes.first.wait_for()
    check_page("items offered")
    assert boxes.count() == 2
    for box in boxes.all():
        box.check()
    next_step.click()
    watched.get_by_label("Reason").fill(REASON)
    check_page("reason")
    keep_screen("staff-approval-new", variants=False)
    next_step.click()
    check_page("what is filed")
    watched.get_by_role("button", name="File the approval request").click()
    watched.wait_for_url("**/ask/HA-*/")
    check_page("approval request, waiting")
    staff_page = watched.url
    reference = staff_page.rstrip("/").rpartition("/")[2]

    enter(user)
    watched.goto(f"{live_server.url}/settings/permissions/")
    check_page("permissions")
    keep_screen("permissions")
    watched.goto(f"{live_server.url}/settings/permissions/{reference}/")
    check_page("agreement")
    keep_screen("agreement")
    content = watched.content()
    assert REASON in content
    assert "First" in content
    assert watched.locator("input[name=items]:checked").count() == 0
    watched.locator("input[name=items]").first.check()
    watched.get_by_role("button", name="Agree to what I ticked").click()
    watched.get_by_role("button", name="End this permission now").wait_for()
    check_page("agreement, answered")

    enter(support, mfa=True)
    watched.goto(staff_page)
    check_page("approval request, agreed")
    buttons = watched.get_by_role("button", name="Read")
    assert buttons.count() == 1
    buttons.click()
    watched.wait_for_url("**/look/**")
    check_page("item")
    keep_screen("staff-item", variants=False)
    assert "mail with label invoices" in watched.content()
    watched.goto(staff_page)
    keep_screen("staff-approval")

    enter(user)
    watched.goto(f"{live_server.url}/settings/looked/")
    check_page("access history")
    keep_screen("access-history")
    assert "sam" in watched.content()
    watched.goto(f"{live_server.url}/settings/permissions/{reference}/")
    watched.get_by_role("button", name="End this permission now").click()
    watched.wait_for_load_state()
    check_page("permission, ended")

    enter(support, mfa=True)
    watched.goto(staff_page)
    assert watched.get_by_role("button", name="Read").count() == 0

    with db.use_role("sequencer"):
        sequence(timezone.now())
    enter(make_staff("ari", Role.AUDITOR), mfa=True)
    watched.goto(f"{live_server.url}/staff/audit/entry/?case={reference}")
    check_page("log")
    keep_screen("staff-log")
    watched.get_by_role("link", name="looked").first.click()
    check_page("log entry")
    keep_screen("staff-log-entry", variants=False)
