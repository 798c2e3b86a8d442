"""The log's list and one person's totals in a browser: nothing is cut off, one line an entry on a phone."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.identity.roles import Role
from audit.log.actors import machine
from audit.log.append import append
from audit.log.events import EXPORT_DELIVERED
from core import db
from tests.platform_rows import put_rows

pytestmark = pytest.mark.browser
LONG = "x" * 300
#: how far any cell's content reaches beyond the window or its cell, in pixels
CUT_OFF = """[...document.querySelectorAll('.log-table tr:not(.day) > *')].filter(cell => cell.offsetParent).map(cell =>
    Math.max(cell.getBoundingClientRect().right - document.documentElement.clientWidth,
             getComputedStyle(cell).overflow === 'hidden' ? 0 : cell.scrollWidth - cell.clientWidth))"""
HEIGHTS = "[...document.querySelectorAll('.log-table tr:has(td)')].map(row => row.offsetHeight)"


def test_a_long_word_cuts_nothing_off_and_a_phone_has_one_line_an_entry(
    enter, make_staff, live_server, watched, check_page
):
    with db.use_role("worker"), db.atomic():
        for outcome in ("ok", "failed"):
            payload = {"export": "x", "schedule": "y", "file": LONG, "until": "z"}
            actor = machine("m" * 40)
            append(EXPORT_DELIVERED, actor=actor, subject=None, now=timezone.now(), payload=payload, outcome=outcome)
    enter(make_staff("ari", Role.AUDITOR), mfa=True)
    watched.set_viewport_size({"width": 1280, "height": 900})
    watched.goto(f"{live_server.url}/staff/audit/entry/")
    check_page("log")
    assert max(watched.evaluate(CUT_OFF)) <= 0
    assert watched.locator(".log-table .pill").inner_text() == "failed"
    watched.set_viewport_size({"width": 390, "height": 844})
    check_page("log on a phone")
    assert max(watched.evaluate(CUT_OFF)) <= 0
    assert max(watched.evaluate(HEIGHTS)) < 40
    watched.get_by_role("link", name="A scheduled export").first.click()
    watched.wait_for_load_state()
    check_page("entry on a phone")


def test_a_persons_totals_are_charts_and_tables(enter, make_staff, user, live_server, watched, check_page):
    for day in range(3):
        put_rows("workloads_usagerecord", user.reference, timezone.now() - timedelta(days=day), 5 * day + 4)
    enter(make_staff("sam", Role.SUPPORT), mfa=True)
    watched.goto(f"{live_server.url}/staff/workloads/dailytotal/")
    watched.get_by_label("Person").fill(user.email)
    watched.get_by_role("button", name="Show totals").click()
    watched.get_by_role("img", name="compute.small by day").wait_for()
    check_page("totals")
    watched.get_by_text("As a table").click()
    check_page("totals as a table")
