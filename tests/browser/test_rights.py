"""An access request from end to end, in a browser: file, take, start, approve, download."""

import zipfile

import pytest
from django.utils import timezone

from accounts.identity.roles import Role
from core import db
from rights import services
from rights.models import Step
from tests.platform_rows import put_row

pytestmark = pytest.mark.browser


def open_package(context, target, folder):
    """Unpack it and open its page as the user would: from the disk, without a server."""
    with zipfile.ZipFile(target) as archive:
        assert archive.testzip() is None
        archive.extractall(folder)
    with context.new_page() as package:
        requested = []
        package.on("request", lambda request: requested.append(request.url))
        package.goto((folder / "index.html").as_uri())
        assert package.get_by_role("heading", level=1).count() == 1
        assert [url for url in requested if not url.startswith("file:")] == []


def test_a_request_from_filing_to_download(
    enter, user, make_staff, live_server, watched, check_page, keep_screen, tmp_path, now
):
    officer = make_staff("omar", Role.PRIVACY_OFFICER)
    for table in ("workloads_app", "workloads_usagerecord", "workloads_command", "workloads_logline"):
        put_row(table, user.reference, now)
    put_row("connections_automation", user.reference, now)
    put_row("workloads_logline", user.reference, now, sealed={"text": "told noor@example.org of it"})

    enter(user)
    watched.goto(f"{live_server.url}/settings/privacy/")
    check_page("privacy")
    keep_screen("privacy")
    watched.get_by_role("link", name="Ask for your data").click()
    check_page("filing")
    keep_screen("request-new")
    watched.get_by_label("Where do you live?").select_option("DE")
    watched.get_by_role("button", name="Continue").click()
    check_page("answers to be checked")
    watched.get_by_role("button", name="File the request").click()
    watched.wait_for_url("**/requests/RR-*/confirmation/")
    check_page("confirmation")
    watched.get_by_role("link", name="See where it stands").click()
    check_page("request, received")
    address = watched.url
    reference = address.rstrip("/").rpartition("/")[2]

    enter(officer, mfa=True)
    watched.goto(f"{live_server.url}/staff/")
    check_page("first page")
    keep_screen("staff-index")
    watched.goto(f"{live_server.url}/staff/rights/rightsrequest/")
    check_page("queue")
    keep_screen("staff-queue")
    watched.get_by_role("link", name=reference).click()
    watched.get_by_role("button", name="Take", exact=True).click()
    watched.get_by_role("button", name=f"Undo {reference}").click()
    watched.wait_for_selector("text=is back in the queue")
    watched.get_by_role("button", name="Take", exact=True).click()
    check_page("a case that was taken, with its undo")
    watched.get_by_role("button", name="Start the work").click()
    watched.wait_for_selector("#progress progress")
    check_page("request at work, staff")

    with db.use_role("worker"):
        ids = list(Step.objects.order_by("position").values_list("pk", flat=True))
        for step_id in ids[: len(ids) // 2]:
            services.run_step(step_id, clock=timezone.now)
    # Nobody touches the page: the polling shows that half of the work is done.
    watched.wait_for_selector(f'#progress progress[value="{len(ids) // 2}"]', timeout=15_000)
    keep_screen("staff-request")
    with db.use_role("worker"):
        for step_id in ids[len(ids) // 2 :]:
            services.run_step(step_id, clock=timezone.now)
    watched.wait_for_selector("text=found by machine: 1 e-mail address", timeout=15_000)
    check_page("request in review, with what machines found")
    keep_screen("staff-request-review")
    watched.get_by_role("link", name="Approve the delivery").click()
    watched.get_by_label("I have reviewed what machines found").check()
    check_page("approval, with its tick")
    watched.get_by_role("button", name="Show the letter first").click()
    watched.wait_for_selector("text=The letter as the person will get it")
    check_page("confirmation, with the letter")
    watched.get_by_role("button", name="Approve the delivery").click()
    watched.wait_for_selector("text=Offered until")
    check_page("request delivered, staff")
    keep_screen("staff-request-delivered")

    enter(user)
    watched.goto(address)
    check_page("request, ready")
    keep_screen("request")
    with watched.expect_download() as download:
        watched.get_by_role("link", name="Download").click()
    target = tmp_path / download.value.suggested_filename
    download.value.save_as(target)
    assert target.name == f"{reference}.zip"
    open_package(watched.context, target, tmp_path / "package")
