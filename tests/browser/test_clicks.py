"""How many clicks it takes, by mouse: a first thing done, a clean access request, an access on each ground decided."""

import pytest
from django.utils import timezone

from accounts.identity.roles import Role
from core import db
from humanaccess import services as access
from humanaccess.grounds import Ground
from humanaccess.models import Grant
from rights import services
from rights.models import RightsRequest, Step
from rights.states import Kind, RequestState
from tests.platform_rows import put_row

pytestmark = pytest.mark.browser


@pytest.fixture
def click(watched):
    """Click what has this role and name by the mouse; `click.count` says how often."""

    def act(role, name):
        target = watched.get_by_role(role, name=name)
        target.scroll_into_view_if_needed(timeout=15_000)
        box = target.bounding_box()
        watched.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        act.count += 1

    act.count = 0
    return act


def test_a_clean_access_request_takes_three_clicks_and_the_first_thing_is_done_with_one(
    enter, click, user, make_staff, live_server, watched
):
    officer = make_staff("omar", Role.PRIVACY_OFFICER)
    with db.use_role("default"):
        request = services.receive_request(user, kind=Kind.ACCESS, identified=True, now=timezone.now())
    enter(officer, mfa=True)
    watched.goto(f"{live_server.url}/staff/")
    click("button", f"Take and start {request.reference}")
    watched.wait_for_selector("text=work on it has started")
    assert click.count == 1
    with db.use_role("worker"):
        for step_id in Step.objects.order_by("position").values_list("pk", flat=True):
            services.run_step(step_id, clock=timezone.now)
    watched.get_by_role("link", name="Approve the delivery").wait_for(timeout=15_000)
    click("link", "Approve the delivery")
    watched.wait_for_selector("text=The letter as the person will get it")
    click("button", "Approve the delivery")
    watched.wait_for_selector("text=Offered until")
    assert click.count == 3
    with db.use_role("staff"):
        assert RightsRequest.objects.get().state == RequestState.FULFILLED


def test_an_approval_takes_three_clicks(enter, click, user, make_staff, live_server, watched):
    engineer, approver = make_staff("erin", Role.SECURITY_ENGINEER), make_staff("ada", Role.APPROVER_SECURITY)
    make_staff("paula", Role.PRIVACY_OFFICER)
    put_row("connections_automation", user.reference, timezone.now())
    with db.use_role("staff"):
        items = access.list_items(
            asker=engineer, subject=user, kind="connections.automation", where={}, now=timezone.now()
        )
        filed = access.request_approval(
            asker=engineer,
            subject=user,
            ground=Ground.SECURITY,
            items=items,
            reason="Other users report mails from this automation; its settings should say why.",
            abuse_reference="ABUSE-17",
            now=timezone.now(),
        )
    enter(approver, mfa=True)
    watched.goto(f"{live_server.url}/staff/")
    click("link", f"Decide {filed.reference}")
    watched.wait_for_url("**/ask/HA-*/")
    click("link", "Approve")
    watched.wait_for_url("**/approve/")
    click("button", "Approve")
    watched.wait_for_selector("text=Your approval is recorded.")
    assert click.count == 3
    with db.use_role("staff"):
        assert Grant.objects.count() == 1


def test_asking_for_agreement_takes_six_clicks_the_answer_three_and_the_read_one(
    enter, click, user, make_staff, live_server, watched
):
    support = make_staff("sam", Role.SUPPORT)
    make_staff("paula", Role.PRIVACY_OFFICER)
    put_row("connections_automation", user.reference, timezone.now())
    enter(support, mfa=True)
    watched.goto(f"{live_server.url}/staff/humanaccess/ask/")
    click("link", "Request access")
    watched.get_by_label("Person").fill(user.email)
    watched.keyboard.press("Enter")
    click("checkbox", "Automation settings")
    click("button", "List items")
    watched.locator("input[name=items]").first.focus()
    watched.keyboard.press("Space")
    click("button", "Next")
    watched.get_by_label("Reason").fill("Your automation stopped on Monday; its settings should say why it did.")
    click("button", "Next")
    watched.get_by_role("heading", name="What is filed").wait_for()
    click("button", "File the approval request")
    watched.wait_for_url("**/ask/HA-*/")
    assert click.count == 6
    filed = watched.url
    reference = filed.rstrip("/").rpartition("/")[2]

    enter(user)
    watched.goto(f"{live_server.url}/settings/")
    click.count = 0
    click("link", "Read and answer")
    if reference not in watched.url:
        watched.get_by_role("link", name=reference).first.click()
        click.count += 1
    watched.wait_for_url(f"**/{reference}/")
    watched.locator("input[name=items]").first.focus()
    watched.keyboard.press("Space")
    click("button", "Agree to what I ticked")
    watched.get_by_role("button", name="End this permission now").wait_for()
    assert click.count <= 3

    enter(support, mfa=True)
    watched.goto(filed)
    click.count = 0
    click("button", "Read")
    watched.wait_for_url("**/look/**")
    assert click.count == 1
