"""The page of an item in a browser: marked with who looks, and gone when access ends, with and without JavaScript."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.identity.roles import Role
from core import db
from humanaccess import services
from humanaccess.grounds import Ground
from humanaccess.texts import VERSION, ShownText
from tests.platform_rows import put_row

pytestmark = pytest.mark.browser
REASON = "Your upload failed twice on Monday; these commands should say why."
ENDED = "This access has ended."
MARK = """() => {
    const shown = getComputedStyle(document.querySelector(".watermark"), "::before");
    return [shown.content, shown.position, shown.display];
}"""


@pytest.fixture
def support(make_staff):
    """Who reads."""
    make_staff("paula", Role.PRIVACY_OFFICER)  # who may review: without one, agreement opens nothing
    return make_staff("sam", Role.SUPPORT)


@pytest.fixture
def agree(user, support):
    """Return a grant of the user for one command, asked for at `at`."""

    def made(at):
        put_row("workloads_command", user.reference, at, sealed={"command": "canary-command"})
        where = {"start": at - timedelta(hours=1), "end": at + timedelta(hours=1)}
        with db.use_role("staff"):
            items = services.list_items(
                asker=support, subject=user, kind="workloads.command", where=where, now=timezone.now()
            )
            asked = services.request_approval(
                asker=support,
                subject=user,
                ground=Ground.AGREEMENT,
                items=items,
                reason=REASON,
                window=timedelta(minutes=15),
                now=at,
            )
        shown = ShownText("Sam asks to look at a command.", VERSION, "en", at)
        return services.agree_to_request(asked, user=user, items={item.id for item in items}, shown=shown, now=at)

    return made


def read(page, address, grant):
    page.goto(f"{address}/staff/humanaccess/ask/{grant.approval_request.reference}/")
    page.get_by_role("button", name="Read").click()
    page.wait_for_url("**/look/**")
    assert "canary-command" in page.content()


def test_the_page_of_an_item_is_marked_and_closes_when_the_user_ends_access(
    enter, user, support, agree, live_server, watched, check_page
):
    grant = agree(timezone.now())
    enter(support, mfa=True)
    read(watched, live_server.url, grant)
    check_page("an item that is shown")
    for media in ("screen", "print"):
        watched.emulate_media(media=media)
        content, position, display = watched.evaluate(MARK)
        assert content.count("sam, ") > 100
        assert (position, display) == ("fixed", "block")
    watched.emulate_media(media="screen")
    assert watched.locator("main").get_by_text("Shown to sam, ").is_visible()
    services.revoke_grant(grant, actor=user, now=timezone.now())
    expect(watched.get_by_text(ENDED)).to_be_visible(timeout=15_000)
    assert "canary" not in watched.content()
    assert watched.locator(".watermark").count() == 0
    check_page("an item after access has ended")


def test_without_javascript_the_page_reloads_itself_when_the_time_is_over(
    enter, support, agree, live_server, watched, browser
):
    grant = agree(timezone.now() - timedelta(minutes=15) + timedelta(seconds=15))
    enter(support, mfa=True)
    context = browser.new_context(java_script_enabled=False, storage_state=watched.context.storage_state())
    page = context.new_page()
    read(page, live_server.url, grant)
    expect(page.get_by_text(ENDED)).to_be_visible(timeout=25_000)
    assert "canary" not in page.content()
    context.close()
