"""A legal process from end to end, in a browser: filed, scope agreed, access approved and read, handed over, told."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.identity.roles import Role
from core import db
from humanaccess.legal.services import give_notice
from tests.humanaccess.legal.conftest import PDF
from tests.platform_rows import put_row

pytestmark = pytest.mark.browser
REASON = "The order demands the settings of one automation; these should show which."


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_legal_process(enter, user, make_staff, live_server, watched, check_page, keep_screen, language, tmp_path):
    put_row("connections_automation", user.reference, timezone.now(), sealed={"name": "First"})
    people = {
        name: make_staff(name, role, language=language)
        for name, role in (
            ("lena", Role.LEGAL_COUNSEL),
            ("adam", Role.APPROVER_LEGAL),
            ("paula", Role.PRIVACY_OFFICER),
        )
    }
    today = timezone.now().date()
    document = tmp_path / "order.pdf"
    document.write_bytes(PDF)

    def submit(form="main form.confirm"):
        watched.locator(f"{form} button[type=submit]").first.click()

    def visit(path, name):
        watched.goto(f"{live_server.url}{path}")
        check_page(name)

    enter(people["lena"], mfa=True)
    visit("/staff/humanaccess/legalprocess/", "queue")
    visit("/staff/humanaccess/legalprocess/new_process/", "receipt")
    for field, value in {
        "subject": user.email,
        "authority": "Amtsgericht Musterstadt",
        "number": "12 Gs 345/26",
        "country": "DE",
        "received_on": today.isoformat(),
        "due_on": (today + timedelta(days=20)).isoformat(),
        "until": (today + timedelta(days=30)).isoformat(),
        "delay": "The order forbids it.",
    }.items():
        watched.locator(f"[name={field}]").fill(value)
    watched.locator("[name=ground]").select_option("order")
    watched.locator("[name=document]").set_input_files(document)
    submit()
    watched.wait_for_url("**/legalprocess/LP-*/")
    check_page("process")
    page = watched.url
    reference = page.rstrip("/").rpartition("/")[2]

    watched.goto(f"{page}agree/")
    check_page("scope")
    watched.locator("[name=categories][value=automations]").check()
    watched.locator("[name=period_from]").fill((today - timedelta(days=30)).isoformat())
    watched.locator("[name=period_until]").fill(today.isoformat())
    watched.locator("[name=scope]").fill("One automation.")
    submit()
    watched.wait_for_url(page)
    check_page("process, scope agreed")
    keep_screen(f"staff-legal-process-{language}", variants=False)

    watched.goto(f"{live_server.url}/staff/humanaccess/ask/new/")
    watched.locator("[name=person]").fill(user.email)
    step = watched.locator("form[data-draft=ask]")
    step.locator("button.btn-primary").last.click()
    watched.locator(f"input[value='legal:{reference}']").check()
    check_page("ground")
    step.locator("button.btn-primary").last.click()
    watched.locator("input[name=kind][value='connections.automation']").check()
    watched.locator("button[name=step][value=find]:visible").last.click()
    watched.locator("input[name=items]").first.check()
    step.locator("button[name=step][value=reason]:visible").last.click()
    watched.locator("[name=reason]").fill(REASON)
    step.locator("button.btn-primary").last.click()
    watched.locator("button[name=step][value=file]:visible").last.click()
    watched.wait_for_url("**/ask/HA-*/")
    check_page("request")
    request_page = watched.url

    enter(people["adam"], mfa=True)
    watched.goto(request_page)
    check_page("request, to decide")
    watched.goto(f"{request_page}approve/")
    submit()
    watched.wait_for_url(request_page)

    enter(people["lena"], mfa=True)
    watched.goto(request_page)
    watched.locator("form[action*='/look/'] button").click()
    watched.wait_for_url("**/look/**")
    assert "First" in watched.content()

    enter(user)
    visit("/settings/looked/", "nothing told")
    for hidden in (reference, "lena", "Musterstadt"):
        assert hidden not in watched.content()

    enter(people["lena"], mfa=True)
    watched.goto(f"{page}produce/")
    watched.locator("[name=production]").fill("The settings of one automation.")
    watched.locator("[name=recipient]").fill("Officer Meyer")
    watched.locator("[name=handed_on]").fill(today.isoformat())
    submit()
    watched.wait_for_url(page)
    check_page("process, data handed over")
    with db.use_role("staff"):
        give_notice(reference, actor=people["lena"], now=timezone.now())

    with db.use_role("default"):
        type(user).objects.filter(pk=user.pk).update(language=language)
    enter(user)
    visit("/settings/looked/", "told")
    keep_screen(f"legal-process-{language}")
    for shown in (reference, "lena", "Amtsgericht Musterstadt", "Officer Meyer", "adam"):
        assert shown in watched.content()
