"""A page that shows an item closes when access ends: by polling, by the header Refresh; it says who looks, and when."""

import re
from datetime import timedelta
from time import sleep

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core import db
from humanaccess import services
from humanaccess.access_gate_sql import RESTRICTED_TABLES
from tests.humanaccess.test_pages import staff_page

POLL = {"HX-Request": "true"}
ENDED = "This access has ended."


@pytest.fixture
def pages(agreed, lines):
    """The address that is polled, and that of the item."""
    return staff_page(agreed.approval_request, "live/"), staff_page(agreed.approval_request, f"look/{lines[0].id}/")


def test_the_page_polls_reloads_at_the_end_and_is_marked(agreed, pages, support, client_of):
    live, item = pages
    shown = client_of(support).post(item)
    text = shown.content.decode()
    assert f'hx-get="{live}"' in text
    seconds, address = re.fullmatch(r"(\d+); url=(.+)", shown["Refresh"]).groups()
    left = (agreed.ends_at - timezone.now()).total_seconds()
    assert left < int(seconds) < left + 30
    assert address == item
    assert text.index("canary-log-text") > text.index(f'hx-get="{live}"')  # what is replaced holds the item
    mark = re.search(r"<bdi>(sam, [^<]+)</bdi>", text)[1]
    assert re.search(r"\d\d:\d\d:\d\d UTC", mark)
    assert re.search(r'class="watermark" aria-hidden="true" data-text="([^"]+)"', text)[1].count(mark) > 100


def test_the_poll_says_nothing_until_the_end_and_reads_and_writes_nothing(
    agreed, pages, user, support, client_of, events
):
    live, item = pages
    client = client_of(support)
    client.post(item)
    before = events("")
    with CaptureQueriesContext(connections["staff"]) as queries:
        polled = client.get(live, headers=POLL)
    assert (polled.status_code, polled.content) == (204, b"")
    statements = " ".join(query["sql"] for query in queries.captured_queries)
    assert "humanaccess_grant" in statements
    assert not [table for table in RESTRICTED_TABLES.values() if table in statements]
    assert client.get(item)["Location"] == staff_page(agreed.approval_request)
    assert events("") == before
    services.revoke_grant(agreed, actor=user, now=timezone.now())
    before = events("")
    for answer in (client.get(live, headers=POLL), client.get(item)):
        assert answer.status_code == 200
        assert ENDED in answer.content.decode()
        assert "canary" not in answer.content.decode()
    assert "hx-get" not in client.get(live, headers=POLL).content.decode()
    assert "Refresh" not in client.get(item)
    assert events("") == before


def test_it_closes_when_the_time_is_over(make_request, user, support, lines, shown, client_of, now):
    then = now - timedelta(minutes=14, seconds=50)
    approval_request = make_request(window=timedelta(minutes=15), now=then)
    grant = services.agree_to_request(approval_request, user=user, items={lines[0].id}, shown=shown, now=then)
    polled = staff_page(approval_request, "live/")
    client = client_of(support)
    assert client.get(polled, headers=POLL).status_code == 204
    sleep(max(0, (grant.ends_at - timezone.now()).total_seconds()) + 0.1)
    assert ENDED in client.get(polled, headers=POLL).content.decode()  # before the sweeper has ended it


def test_who_is_not_the_reader_is_told_nothing(pages, user, engineer, approver, client, client_of):
    live, item = pages
    for person in (engineer, approver):
        polled = client_of(person).get(live, headers=POLL)
        assert ENDED in polled.content.decode()  # in a browser where the reader signed out
        assert client_of(person).get(item).status_code == 302
    for answer in (client.get(live, headers=POLL), client_of(user).get(live, headers=POLL)):
        assert (answer.status_code, answer["HX-Redirect"]) == (200, live.removesuffix("live/"))
    assert client.get(live).status_code == 302


def test_a_reader_without_their_role_is_led_away(agreed, pages, support, client_of, now):
    live, item = pages
    client = client_of(support)
    client.post(item)
    with db.use_role("staff"):
        support.role_assignments.update(ended_at=now, ended_by="0" * 32)
    assert client.get(live, headers=POLL)["HX-Redirect"] == live.removesuffix("live/")
