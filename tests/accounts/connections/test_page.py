"""The connections page, and the staff's pages beside it."""

import pytest
from django.db import connections

from accounts.identity.roles import Role
from audit.log.models import Entry
from core import db
from tests.platform_rows import SHAPES, put_row
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
