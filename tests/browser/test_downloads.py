"""A download that needs a step-up: the tab comes back to the page of the case, and the file comes by itself."""

import pytest
from django.utils import timezone

from accounts.identity.roles import Role
from core import db
from rights import services
from rights.models import Step
from rights.states import Kind

pytestmark = pytest.mark.browser
PASSWORD = "a long pass phrase"


@pytest.fixture
def delivered(make_user, make_staff):
    """A user with a password and a package that waits."""
    user, officer = make_user("layla", password=PASSWORD), make_staff("omar", Role.PRIVACY_OFFICER)
    now = timezone.now()
    with db.use_role("default"):
        request = services.receive_request(user, kind=Kind.ACCESS, identified=True, now=now)
    with db.use_role("staff"):
        services.take_request(request.reference, actor=officer, now=now)
        services.start_request(request.reference, actor=officer, now=now)
    with db.use_role("worker"):
        for step_id in Step.objects.order_by("position").values_list("pk", flat=True):
            services.run_step(step_id, clock=timezone.now)
    with db.use_role("staff"):
        services.approve_delivery(request.reference, actor=officer, now=timezone.now())
    return user, request.reference


def test_the_tab_is_on_the_page_of_the_case_when_the_download_begins(enter, delivered, live_server, watched):
    user, reference = delivered
    enter(user, fresh=False)
    watched.goto(f"{live_server.url}/settings/privacy/requests/{reference}/")
    watched.get_by_role("link", name="Download").click()
    watched.get_by_label("Password").fill(PASSWORD)
    with watched.expect_download() as download:
        watched.get_by_role("button", name="Confirm").click()
    assert download.value.suggested_filename == f"{reference}.zip"
    assert watched.url == f"{live_server.url}/settings/privacy/requests/{reference}/"
    watched.reload()
    with db.row_security_for(user.reference):
        assert user.rights_requests.get().package.downloads == 1  # loading the page again begins no other


@pytest.mark.parametrize("width", [1280, 390])
def test_the_news_and_what_they_lead_to_are_pages_for_everybody(
    enter, delivered, live_server, watched, check_page, keep_screen, width
):
    user, reference = delivered
    enter(user)
    watched.set_viewport_size({"width": width, "height": 844})
    watched.goto(f"{live_server.url}/settings/")
    check_page("overview with news")
    if width > 1000:
        keep_screen("overview-news")
    watched.get_by_role("link", name="Letters").click()
    check_page("letters")
    watched.get_by_role("link", name=f"Your data is ready: {reference}").click()
    check_page("letter")
    watched.get_by_role("link", name="Go to the case").click()
    check_page("request with its package")
    assert watched.get_by_role("link", name="Download").is_visible()


def test_without_javascript_the_button_is_there(browser, delivered, live_server, enter, watched):
    user, reference = delivered
    enter(user, fresh=False)
    context = browser.new_context(java_script_enabled=False, storage_state=watched.context.storage_state())
    page = context.new_page()
    page.goto(f"{live_server.url}/settings/privacy/requests/{reference}/package/")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    assert page.get_by_role("heading", level=1).is_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == f"{reference}.zip"
    context.close()
