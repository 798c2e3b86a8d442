"""A correction in a browser: filed with evidence, decided field by field, applied, answered; in English and Arabic."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.identity.models import User
from accounts.identity.roles import Role
from accounts.workloads.models import PlatformOrder
from accounts.workloads.services import answer_order, settle_order
from audit.log.actors import machine
from core import db
from rights import services
from rights.models import RightsRequest, Step
from tests.platform_rows import put_row

pytestmark = pytest.mark.browser
NEW = "/settings/privacy/requests/new/correction/"
PAPER = {"name": "paper.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 the paper"}
WHY = "The mailbox was closed with the old company, as the paper shows."


def platform_answers(reference):
    with db.use_role("staff"):
        orders = list(PlatformOrder.objects.filter(case_ref=reference))
    for order in orders:
        facts = {"token": order.pk, "actor": machine("service-token:x"), "now": timezone.now()}
        with db.use_role("ingest"):
            answer_order(order.pk, subject=order.subject, apps=[], outcome="corrected", **facts)
        with db.use_role("worker"):
            settle_order(order.pk, now=timezone.now())


def work(reference):
    with db.use_role("worker"):
        for step in Step.objects.filter(request__reference=reference).values_list("pk", flat=True):
            services.run_step(step, clock=timezone.now)


def test_a_correction_from_the_form_to_the_answer(
    enter, user, make_staff, live_server, watched, check_page, keep_screen, tmp_path
):
    put_row("workloads_app", user.reference, timezone.now() - timedelta(days=1))
    officer = make_staff("omar", Role.PRIVACY_OFFICER)
    enter(user, fresh=True)
    watched.goto(f"{live_server.url}/settings/privacy/")
    watched.locator(f'a[href="{NEW}"]').first.click()
    watched.get_by_text("Account", exact=True).click()
    watched.get_by_label("The e-mail address that you sign in with").fill("no address")
    watched.get_by_label("Why is it wrong?").fill(WHY)
    watched.get_by_role("button", name="Continue").click()
    watched.wait_for_selector("text=This address cannot be used.")
    check_page("the form of a correction, refused")
    watched.get_by_label("The e-mail address that you sign in with").fill("right@example.org")
    watched.get_by_label("Your user name").fill("layla-haddad")
    keep_screen("correction-new")
    watched.get_by_role("button", name="Continue").click()
    watched.get_by_label("Evidence").set_input_files(
        {"name": "page.txt", "mimeType": "text/plain", "buffer": b"<script>x()</script>"}
    )
    watched.get_by_role("button", name="File the request").click()
    watched.wait_for_selector("text=The file is no PDF, PNG, JPEG or plain text.")
    check_page("the answers, with evidence that is none")
    watched.get_by_label("Evidence").set_input_files(PAPER)
    watched.get_by_role("button", name="File the request").click()
    watched.wait_for_selector("text=was filed")
    check_page("the confirmation of a correction")
    with db.use_role("staff"):
        reference = RightsRequest.objects.get().reference

    enter(officer, mfa=True)
    case = f"{live_server.url}/staff/rights/rightsrequest/{reference}/"
    watched.goto(case)
    watched.get_by_role("button", name="Take", exact=True).click()
    check_page("a correction to be decided")
    keep_screen("staff-correction")
    with watched.expect_download() as found:
        watched.get_by_role("link", name="Evidence").click()
    found.value.save_as(tmp_path / "paper")
    assert (tmp_path / "paper").read_bytes() == PAPER["buffer"]
    watched.get_by_role("link", name="Decide the e-mail address").click()
    watched.get_by_label("Accept it").check()
    check_page("the decision about a field")
    watched.get_by_role("button", name="Decide").click()
    watched.get_by_role("link", name="Decide your user name").click()
    watched.get_by_label("Refuse it", exact=True).check()
    watched.get_by_role("button", name="Decide").click()
    watched.wait_for_selector("text=Give the ground of the refusal.")
    watched.get_by_label("Ground").select_option("accurate")
    watched.get_by_label("Reasons").fill("A user name may be any word; choose another one in your settings.")
    watched.get_by_role("button", name="Decide").click()
    watched.get_by_role("link", name="Approve", exact=True).click()
    watched.get_by_role("button", name="Approve").click()
    watched.wait_for_selector("text=has begun")
    work(reference)
    platform_answers(reference)
    watched.goto(case)
    watched.get_by_role("link", name="Attest").click()
    watched.get_by_label("they were told, and have corrected it").check()
    watched.get_by_label("Evidence").set_input_files(PAPER)
    check_page("telling a recipient")
    watched.get_by_role("button", name="Attest").click()
    watched.get_by_role("link", name="Answer it").click()
    watched.wait_for_selector("text=The mail provider")
    watched.get_by_role("button", name="Answer it").click()
    watched.wait_for_selector("text=is answered")
    check_page("a correction that is answered")

    with db.use_role("default"):
        found = User.objects.get(pk=user.pk)
        assert found.email == "right@example.org"
        found.language = "ar"
        found.save(update_fields=["language"])
    enter(found, fresh=True)
    watched.goto(f"{live_server.url}/settings/privacy/requests/{reference}/")
    watched.wait_for_selector("text=ما طلبت تصحيحه")
    check_page("an answered correction, in Arabic")
    keep_screen("correction-arabic")
    watched.goto(f"{live_server.url}{NEW}")
    check_page("the form of a correction, in Arabic")
