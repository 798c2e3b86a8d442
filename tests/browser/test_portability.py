"""Portability by the keyboard alone, as user and as officer, in English and in Arabic."""

import zipfile

import pytest
from django.utils.translation import gettext, override

from accounts.identity.roles import Role
from core import db
from rights.models import RightsRequest
from tests.browser.test_deletion import press, run_steps
from tests.platform_rows import put_row

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", ["en", "ar"])
def test_by_the_keyboard_data_is_taken_along(
    enter, user, make_staff, live_server, watched, check_page, keep_screen, now, tmp_path, language
):
    officer = make_staff("omar", Role.PRIVACY_OFFICER, language=language)
    with db.use_role("default"):
        type(user).objects.filter(pk=user.pk).update(language=language)
    put_row("workloads_app", user.reference, now)

    def push(name):
        with override(language):
            press(watched, gettext(name))

    enter(user)
    watched.goto(f"{live_server.url}/settings/privacy/")
    push("Take your data with you")
    watched.wait_for_url("**/new/portability/")
    push("Continue")
    watched.wait_for_selector("button[value=file]")
    check_page("portability, to be checked")
    push("File the request")
    watched.wait_for_url("**/requests/RR-*/confirmation/")
    check_page("portability, confirmed")
    with db.use_role("staff"):
        reference = RightsRequest.objects.get().reference

    enter(officer, mfa=True)
    case = f"{live_server.url}/staff/rights/rightsrequest/{reference}/"
    watched.goto(case)
    push("Take and start")
    watched.wait_for_selector("#progress progress")
    run_steps()
    watched.goto(case)
    check_page("portability, in review")
    push("Approve the delivery")
    watched.wait_for_url("**/approve/")
    push("Approve the delivery")
    watched.wait_for_url(case)

    enter(user)
    watched.goto(f"{live_server.url}/settings/privacy/requests/{reference}/")
    check_page("portability, ready")
    keep_screen(f"portability-{language}", variants=False)
    with watched.expect_download() as download:
        push("Download")
    download.value.save_as(tmp_path / "package.zip")
    with zipfile.ZipFile(tmp_path / "package.zip") as package:
        assert package.testzip() is None
