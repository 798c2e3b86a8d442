"""A downloaded package's page, opened from the disk: read, searched, without scripts, by axe, in English and Arabic."""

import io
import os
import random
import zipfile
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.identity.models import User
from accounts.identity.roles import Role
from core import db
from rights import services
from rights.models import Step
from rights.states import Kind
from tests.browser.conftest import AXE, SCREENS, WCAG
from tests.platform_rows import put_letter, put_row
from tests.signin import sign_in

pytestmark = pytest.mark.browser
TEXTS = (
    "GET /invoices/{n} 200 in 31 ms",
    "payment {n} failed after 3 tries, told noor@example.org",
    "worker started, queue depth {n}",
)


@pytest.fixture
def unpacked(user, make_staff, now, tmp_path):
    """Make a package with some of everything, download and unpack it: `unpacked("en", Kind.ACCESS)` is its page."""

    def make(language, kind):
        with db.use_role("owner"):
            User.objects.filter(pk=user.pk).update(language=language)
        user.refresh_from_db()
        chosen = random.Random(1)
        for n in range(60):
            text = {"text": TEXTS[n % 3].format(n=n)}
            level = chosen.choice(["info", "warning", "error"])
            put_row("workloads_logline", user.reference, now + timedelta(minutes=n), sealed=text, level=level)
        for table in ("workloads_app", "workloads_usagerecord", "workloads_command", "connections_automation"):
            put_row(table, user.reference, now)
        put_letter(user.reference, now, text="Hello layla,\n\nwe have received your request.")
        officer = make_staff("omar", Role.PRIVACY_OFFICER)
        with db.use_role("default"):
            request = services.receive_request(user, kind=kind, identified=True, now=now)
        with db.use_role("staff"):
            services.take_request(request.reference, actor=officer, now=now)
            services.start_request(request.reference, actor=officer, now=now)
        with db.use_role("worker"):
            for step in list(Step.objects.filter(request=request).order_by("position")):
                services.run_step(step.pk, clock=lambda: now)
        with db.use_role("staff"):
            services.approve_delivery(request.reference, actor=officer, now=now, reviewed=True)
        client = sign_in(Client(), user, fresh=True)
        answer = client.get(reverse("rights:package", args=[request.reference]))
        zipfile.ZipFile(io.BytesIO(answer.getvalue())).extractall(tmp_path)
        return (tmp_path / "index.html").as_uri()

    return make


def check(page):
    """Check the page with axe in both schemes, and that it does not scroll sideways on a telephone."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.evaluate(AXE.read_text())
        found = page.evaluate("tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", WCAG)
        assert [(rule["id"], [node["html"][:120] for node in rule["nodes"]]) for rule in found["violations"]] == []
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    size = page.viewport_size
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    page.set_viewport_size(size)


def keep(page, name, *, variants):
    """Keep screenshots for the README where OFFICE_SCREENS=1 asks for new ones."""
    if not os.environ.get("OFFICE_SCREENS"):
        return
    size, dark, phone = page.viewport_size, f"{name}-dark", {"width": 390, "height": 844}
    for each, scheme, view in [(name, "light", size), (dark, "dark", size), (f"{name}-phone", "light", phone)]:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.set_viewport_size(view)
        if variants or each == name:
            page.screenshot(path=SCREENS / f"{each}.png")
    page.set_viewport_size(size)


@pytest.mark.parametrize(
    ("language", "kind", "name", "heading", "found"),
    [
        ("en", Kind.ACCESS, "package", "The data that OmegaCloud holds about you", "Records found: 17"),
        ("ar", Kind.PORTABILITY, "package-arabic", "البيانات التي قدّمتها إلى OmegaCloud", "السجلات التي عُثر عليها: 17"),
    ],
)
def test_the_page_is_read_and_searched_from_the_disk(page, unpacked, language, kind, name, heading, found):
    requested, faults = [], []
    page.on("request", lambda request: requested.append(request.url))
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(unpacked(language, kind))

    assert page.get_by_role("heading", level=1).inner_text().replace("\n", " ") == heading
    assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
    keep(page, name, variants=language == "en")
    check(page)
    page.locator("#logs summary").first.click()
    assert page.locator("#logs tbody tr:visible").count() == 50
    check(page)

    page.get_by_role("searchbox").fill("payment TOLD")
    assert page.get_by_role("status").inner_text() == found
    assert page.locator("[data-card]:visible").count() == 1
    assert page.locator("#logs tbody tr:visible").count() == 17
    assert page.locator("#rights").is_hidden()
    page.get_by_role("searchbox").fill("")
    assert page.locator("#rights").is_visible()

    other = page.locator("nav.languages a:not([aria-current])")
    other.click()
    assert page.locator("html").get_attribute("lang") == ("en" if language == "ar" else "ar")
    assert [url for url in requested if not url.startswith("file:")] == []
    assert faults == []


def test_without_scripts_everything_is_readable(browser, unpacked):
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(unpacked("en", Kind.ACCESS))
        assert page.get_by_role("searchbox").count() == 0
        page.locator("#logs summary").first.click()
        assert page.locator("#logs tbody tr:visible").count() == 50
        assert page.get_by_text("A machine found in it what may be other people's: 20 e-mail addresses.").is_visible()
