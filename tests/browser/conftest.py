"""A real Chromium against a real server: Debian's browser, our own pages, no other address."""

import os
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from tests.dev.practice.provider import github, google, practice, practice_process
from tests.signin import sign_in

__all__ = ["github", "google", "practice", "practice_process"]
ROOT = Path(__file__).resolve().parent.parent.parent
AXE = ROOT / "var" / "npm" / "node_modules" / "axe-core" / "axe.min.js"
SCREENS = ROOT / "docs" / "screens"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
#: WCAG 2.2 AA, as axe names its rules
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
#: the rules of these that look at colours: the others find in the dark what they find in the light
COLOURS = ["color-contrast", "link-in-text-block"]


@pytest.fixture(autouse=True)
def own_checkpoints(settings, tmp_path):
    """Keep the journal of a deletion from the workers of later tests, which would wait for its replay."""
    settings.AUDIT_CHECKPOINT_DIR = str(tmp_path / "checkpoints")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """Debian's Chromium, silent on the network but for our own pages."""
    return {
        **browser_type_launch_args,
        "executable_path": CHROMIUM,
        "args": [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ],
    }


@pytest.fixture
def watched(page):
    """A page that fails the test on a script error, a CSP violation or a request to anywhere else."""
    faults = []
    page.on("pageerror", lambda error: faults.append(f"script: {error}"))
    # Chromium reports each answer above 399 as an error; 422 is how a form is refused.
    page.on(
        "console",
        lambda message: (
            faults.append(message.text) if message.type == "error" and "status of 422" not in message.text else None
        ),
    )
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith(("http://localhost", "http://127.0.0.1", "data:"))
            else faults.append(request.url)
        ),
    )
    yield page
    assert faults == []


@pytest.fixture
def enter(live_server, watched):
    """Take over the browser as somebody who has signed in and stepped up."""

    def become(user, **how):
        watched.goto("about:blank")  # a page that polls would be refused under the new cookie, and that is no fault
        client = sign_in(Client(), user, **{"fresh": True, **how})
        name = settings.SESSION_COOKIE_NAME
        watched.context.clear_cookies()
        watched.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])

    return become


#: the colours of a scheme are there, and what moves has come to rest
SETTLED = """async scheme => {
  while (!matchMedia(`(prefers-color-scheme: ${scheme})`).matches) await new Promise(requestAnimationFrame);
  await Promise.all(document.getAnimations().map(each => each.finished.catch(() => null)));
  await new Promise(requestAnimationFrame);
}"""

#: a card inside a card, a part of one with nothing in it, and a way back that stands before what a form is for
LAYOUT_FAULTS = """() => [
  ...[...document.querySelectorAll(".card .card")].map(each => "card in a card: " + each.innerText.slice(0, 60)),
  ...[...document.querySelectorAll(".card-body, .card-foot")].filter(each => !each.textContent.trim()
    && !each.querySelector("img, svg, progress, input"))
    .map(each => "empty: " + each.parentElement.textContent.trim().slice(0, 60)),
  ...[...document.querySelectorAll(".card-foot, .actions-row")].filter(each => {
    const first = each.querySelector(".btn-quiet"), main = each.querySelector(".btn-primary");
    return first && main && first.compareDocumentPosition(main) & Node.DOCUMENT_POSITION_FOLLOWING;
  }).map(each => "way back first: " + each.innerText.slice(0, 60)),
]"""


@pytest.fixture
def check_page(watched):
    """Check the page that is shown with axe; the name stands in the message."""
    source = AXE.read_text()

    def check(name):
        watched.wait_for_load_state()
        # By the debugger: our own content security policy refuses a script tag, as it should.
        watched.evaluate(source)
        for scheme, only in (("light", {"type": "tag", "values": WCAG}), ("dark", {"type": "rule", "values": COLOURS})):
            watched.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            watched.evaluate(SETTLED, scheme)
            found = watched.evaluate("only => axe.run({runOnly: only, resultTypes: ['violations']})", only)
            broken = [(rule["id"], [node["html"][:120] for node in rule["nodes"]]) for rule in found["violations"]]
            assert broken == [], f"{name}, {scheme}: {broken}"
        watched.emulate_media(color_scheme="light", reduced_motion="reduce")
        assert watched.evaluate(LAYOUT_FAULTS) == [], name
        size = watched.viewport_size
        for width in (size["width"], 390):
            watched.set_viewport_size({**size, "width": width})
            wide = watched.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{name} scrolls sideways by {wide} px at {width}"
        watched.set_viewport_size(size)

    return check


@pytest.fixture
def keep_screen(watched):
    """Keep screenshots for the README where OFFICE_SCREENS=1 asks for new ones: light, dark, phone, Arabic."""

    def shoot(name):
        SCREENS.mkdir(parents=True, exist_ok=True)
        watched.evaluate("scrollTo(0, 0)")
        watched.screenshot(path=SCREENS / f"{name}.png", full_page=True)

    def keep(name, *, variants=True):
        if not os.environ.get("OFFICE_SCREENS"):
            return
        shoot(name)
        if not variants:
            return
        watched.emulate_media(color_scheme="dark", reduced_motion="reduce")
        shoot(f"{name}-dark")
        watched.emulate_media(color_scheme="light", reduced_motion="reduce")
        size = watched.viewport_size
        watched.set_viewport_size({"width": 390, "height": 844})
        shoot(f"{name}-phone")
        watched.set_viewport_size(size)
        address, cookie = watched.url, {"name": "django_language", "value": "ar", "url": watched.url}
        watched.context.add_cookies([cookie])
        watched.goto(address)
        shoot(f"{name}-arabic")
        watched.context.clear_cookies(name="django_language")
        watched.goto(address)

    return keep
