"""The connections page, and the staff's pages beside it."""

from datetime import timedelta

import orjson
import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from accounts.connections.models import EndedAutomation
from accounts.identity.roles import Role
from audit.log.models import Entry
from core import db
from tests.platform_rows import SHAPES, put_row, put_rows
from tests.signin import sign_in

TOTALS_PAGES = ("workloads/dailytotal", "connections/dailytotal")
INGEST_PAGES = ("workloads/ingest", "workloads/setasideline", "workloads/servicetoken")


def test_nobody_sees_the_page_without_signing_in(client, office):
    answer = client.get("/settings/connections/")
    assert answer.status_code == 302
    assert "/accounts/login/" in answer["Location"]


def test_without_automations_the_page_says_so_and_logs_nothing(client, user):
    page = sign_in(client, user).get("/settings/connections/").content.decode()
    assert "No automations yet" in page
    assert "Not granted. Apart from signing in" in page
    with db.use_role("auditor"):
        assert not Entry.objects.filter(event="connections.automations.shown").exists()


def test_an_automation_that_does_not_open_says_so_beside_the_others(client, user, now):
    put_row("connections_automation", user.reference, now, sealed={"name": "Awake"})
    put_row("connections_automation", user.reference, now, sealed={"name": "Broken"})
    with connections["owner"].cursor() as cursor:
        one = "(SELECT max(id::text)::uuid FROM connections_automation)"
        cursor.execute(f"UPDATE connections_automation SET sealed = '\\x0102' WHERE id = {one}")
    page = sign_in(client, user).get("/settings/connections/")
    assert page.status_code == 200
    assert "This does not open" in page.content.decode()
    assert ("Awake" in page.content.decode()) != ("Broken" in page.content.decode())


def test_the_owner_reads_their_automations_and_what_each_needs(client, user, make_user, now):
    put_row("connections_automation", user.reference, now)
    put_row("connections_automation", user.reference, now, is_on=False, scopes=["drive"], sealed={"name": "Asleep"})
    put_row("connections_automation", make_user("omar").reference, now, sealed={"name": "Not Layla's"})
    page = sign_in(client, user).get("/settings/connections/").content.decode()
    assert "Invoices to sheet" in page
    assert "Asleep" in page
    assert "Not Layla" not in page
    assert "Read all mail and settings" in page
    assert "every file in Drive" not in page  # what is asleep needs nothing
    with db.use_role("auditor"):
        entry = Entry.objects.get(event="connections.automations.shown")
    assert (entry.subject, entry.actor) == (user.reference, f"user:{user.reference}")
    assert b"Invoices" not in bytes(entry.leaf)


@pytest.fixture
def many(user, now):
    """Sixty automations, the oldest of which is called Oldest: its id."""
    put_rows("connections_automation", user.reference, now, 59)
    return put_row("connections_automation", user.reference, now - timedelta(days=1), sealed={"name": "Oldest"})


def test_each_page_is_listed_under_an_entry_of_its_own(client, user, many):
    sign_in(client, user)
    pages = [client.get("/settings/connections/", {"page": number}).content.decode() for number in (1, 2, 3)]
    assert [page.count("<article") for page in pages] == [25, 25, 10]
    assert ["Oldest" in page for page in pages] == [False, False, True]
    assert "25 of 60" in pages[0]
    assert "and 35 more" in pages[0]
    assert "and 50 more" in pages[2]
    with db.use_role("auditor"):
        leaves = (
            Entry.objects.filter(event="connections.automations.shown").order_by("id").values_list("leaf", flat=True)
        )
        assert [orjson.loads(bytes(leaf))["payload"] for leaf in leaves] == [{"count": n} for n in (25, 25, 10)]


@pytest.mark.parametrize(("page", "count"), [("99", 10), ("0", 10), ("x", 25), ("", 25)])
def test_a_page_that_is_none_is_the_nearest(client, user, many, page, count):
    answer = sign_in(client, user).get("/settings/connections/", {"page": page})
    assert (answer.status_code, answer.content.count(b"<article")) == (200, count)


def test_one_of_another_page_has_its_name_beside_what_it_sent(client, user, many, now):
    put_row("connections_transfer", user.reference, now, automation=many)
    page = sign_in(client, user).get("/settings/connections/").content.decode()
    assert "Oldest" in page.partition("Where your automations sent data")[2]
    assert "an automation that is gone" not in page


def test_one_that_was_deleted_is_counted_among_what_needs_a_permission_no_more(client, user, now):
    gone = put_row("connections_automation", user.reference, now, sealed={"name": "Deleted"})
    with db.use_role("owner"):
        EndedAutomation.objects.create(id=gone, subject=user.reference, ended_at=now)
    page = sign_in(client, user).get("/settings/connections/").content.decode()
    assert page.count("Deleted") == 1  # its own card, until it is erased
    assert " more" not in page


def count_queries(client):
    with CaptureQueriesContext(connections["default"]) as ours, CaptureQueriesContext(connections["vault"]) as keys:
        assert client.get("/settings/connections/").status_code == 200
    return len(ours) + len(keys)


def test_a_thousand_take_as_many_queries_as_ten(client, user, now):
    items = put_rows("connections_automation", user.reference, now, 10)
    put_row("connections_transfer", user.reference, now, automation=items[0])
    sign_in(client, user)
    count_queries(client)
    ten = count_queries(client)
    with connections["owner"].cursor() as cursor:
        columns = "subject, occurred_at, is_on, scopes, sealed"
        cursor.execute(
            f"INSERT INTO connections_automation (id, {columns}) SELECT gen_random_uuid(), {columns}"
            " FROM connections_automation, generate_series(1, 99)"
        )
    assert count_queries(client) == ten


def test_what_a_user_wrote_is_shown_as_text(client, user, now):
    put_row("connections_automation", user.reference, now, sealed={"name": "<script>alert(1)</script>"})
    page = sign_in(client, user).get("/settings/connections/").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


@pytest.mark.parametrize("role", [Role.LEGAL_COUNSEL, Role.ADMINISTRATOR])
def test_other_roles_do_not_see_sums_of_a_person(client, make_staff, role):
    sign_in(client, make_staff("lou", role), mfa=True)
    for page_name in TOTALS_PAGES:
        assert client.get(f"/staff/{page_name}/").status_code == 403


def test_who_runs_the_site_sees_ingests_and_tokens_and_changes_nothing(client, make_staff):
    sign_in(client, make_staff("ada", Role.ADMINISTRATOR), mfa=True)
    for page_name in INGEST_PAGES:
        assert client.get(f"/staff/{page_name}/").status_code == 200
    assert client.get("/staff/workloads/setasideline/", {"ingest__exact": "0" * 32}).status_code == 200
    for page_name in INGEST_PAGES:
        for beyond in ("add/", "1/change/", "1/delete/", "1/history/"):
            assert client.get(f"/staff/{page_name}/{beyond}").status_code in {403, 404}


@pytest.mark.parametrize("table", SHAPES)
def test_no_restricted_table_has_an_admin_page(client, make_staff, table):
    sign_in(client, make_staff("root", *Role, is_superuser=True), mfa=True)
    assert client.get(f"/staff/{table.replace('_', '/')}/").status_code == 404
