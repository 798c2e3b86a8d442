"""A user knows an item by the name that they gave it; nobody else sees that name before access is open."""

from uuid import UUID

import pytest
from django.db import connections
from django.utils import timezone

from accounts.personaldata.item_providers import NamedItem, item_providers
from accounts.workloads.schema_sql import PLATFORM_ITEMS
from core import db
from humanaccess import services
from humanaccess.models import ApprovalRequest
from humanaccess.texts import VERSION
from tests.humanaccess.conftest import REASON
from tests.platform_rows import put_row

NAME = "canary-name: Invoices to a sheet"
NEW = "/staff/humanaccess/ask/new/"
#: kind → table, the table of what it belongs to, and the column that says so
KINDS = {
    "connections.automation": ("connections_automation", None, None),
    "connections.run": ("connections_run", "connections_automation", "automation"),
    "connections.transfer": ("connections_transfer", "connections_automation", "automation"),
    "workloads.app": ("workloads_app", None, None),
    "workloads.usage": ("workloads_usagerecord", "workloads_app", "app"),
    "workloads.metric": ("workloads_metric", "workloads_app", "app"),
    "workloads.logline": ("workloads_logline", "workloads_app", "app"),
    "workloads.command": ("workloads_command", "workloads_app", "app"),
    "inbox.letter": ("inbox_letter", None, None),
    "workloads.webvisit": ("workloads_webvisit", None, None),
    "platform.code": ("workloads_app", None, None),
    "platform.files": ("workloads_app", None, None),
}


def put_named(kind, owner, at, *, of=None):
    """Put an item of `owner`, and what it belongs to, named, of `of` or the same."""
    table, parent, column = KINDS[kind]
    if kind == "inbox.letter":
        return put_row(table, owner.reference, at, subject_line=NAME)
    if parent is None:
        number = put_row(table, owner.reference, at, sealed={"name": NAME, "path": NAME})
        return UUID(int=number.int ^ PLATFORM_ITEMS.get(kind, 0))
    record = put_row(parent, (of or owner).reference, at, sealed={"name": NAME})
    return put_row(table, owner.reference, at, **{column: record})


def as_item(kind, item):
    facts = {"id": "00000000", "app": "00000000", "time": "then", "level": "error", "outcome": "failed"}
    facts |= {
        "is_on": True,
        "scopes": [],
        "provider": "aws",
        "region": "eu",
        "resource": "cpu",
        "metric": "load",
        "kind": "file",
        "digest": "0123abcd.00000000",
        "what": "rights.receipt",
        "case": "",
    }
    return NamedItem(kind, item, facts)


def page_of(request):
    return f"/settings/permissions/{request.reference}/"


def test_every_kind_says_what_its_owner_calls_it():
    # A sign-in session is known by its browser, which nobody named.
    assert set(KINDS) == {provider.kind for provider in item_providers()} - {"identity.session"}


@pytest.mark.parametrize("kind", KINDS)
def test_the_owner_sees_the_name_in_agreement_answer_and_history(
    make_request, user, support, shown, client_of, kind, now
):
    item = put_named(kind, user, now)
    request = make_request(items=[as_item(kind, item)])
    client = client_of(user)
    assert NAME in client.get(page_of(request)).content.decode()
    grant = services.agree_to_request(request, user=user, items={item}, shown=shown, now=now)
    page = client.get(page_of(request)).content.decode()
    assert NAME in page
    assert REASON in page
    with db.use_role("staff"):
        services.read_item(grant.pk, item_id=item, reader=support, mfa=True, stepped_up=True, now=timezone.now())
    assert NAME in client.get("/settings/permissions/").content.decode()
    assert NAME in client.get("/settings/looked/").content.decode()
    found = client.post("/settings/looked/", {"q": "TO A SHEET"})
    assert len(found.context["accesses"]) == 1
    assert not client.post("/settings/looked/", {"q": "another name"}).context["accesses"]


@pytest.mark.parametrize("kind", KINDS)
def test_staff_see_no_name_before_access(make_request, user, support, officer, client_of, kind, now):
    item = put_named(kind, user, now)
    request = make_request(items=[as_item(kind, item)])
    for person in (support, officer):
        client = client_of(person)
        for address in ("/staff/humanaccess/ask/", f"/staff/humanaccess/ask/{request.reference}/"):
            assert "canary" not in client.get(address).content.decode()
    found = {"step": "find", "person": user.email, "kind": "connections.automation"}
    assert "canary" not in client_of(support).post(NEW, found).content.decode()
    client = client_of(support)
    assert "canary" not in client.post(f"/staff/humanaccess/ask/{request.reference}/look/{item}/").content.decode()


def test_the_text_that_is_kept_holds_no_name(make_request, user, support, client_of, now):
    item = put_named("connections.automation", user, now)
    request = make_request(items=[as_item("connections.automation", item)])
    client = client_of(user)
    token = client.get(page_of(request)).context["token"]
    client.post(page_of(request), {"answer": "agree", "text": token, "items": [str(item)]})
    with db.use_role("staff"):
        request = ApprovalRequest.objects.get()
        _reason, notes, _texts = services.show_request_to_staff(request, viewer=support, now=now)
        assert request.decisions.get().text_version == VERSION == "4"
    assert "canary" not in notes[user.reference]


@pytest.mark.parametrize("kind", [kind for kind, (_table, parent, _column) in KINDS.items() if parent])
def test_what_belongs_to_somebody_else_names_nothing(make_request, user, make_user, client_of, kind, now):
    item = put_named(kind, user, now, of=make_user("omar"))
    page = client_of(user).get(page_of(make_request(items=[as_item(kind, item)])))
    assert page.status_code == 200
    assert "canary-name" not in page.content.decode()


@pytest.mark.tampering
def test_a_name_that_does_not_open_hides_nothing_else(make_request, user, client_of, now):
    item = put_named("connections.run", user, now)
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE connections_automation SET sealed = '\\x0102'")
    page = client_of(user).get(page_of(make_request(items=[as_item("connections.run", item)])))
    assert page.status_code == 200
    assert "3 mails read" in page.content.decode()
    assert "canary" not in page.content.decode()


def test_each_page_that_names_items_is_an_entry_in_the_log(make_request, user, shown, client_of, events, now):
    item = put_named("connections.automation", user, now)
    request = make_request(items=[as_item("connections.automation", item)])
    services.agree_to_request(request, user=user, items={item}, shown=shown, now=now)
    before = len(events("humanaccess.ask.opened"))
    client_of(user).get(page_of(request))
    assert len(events("humanaccess.ask.opened")) == before + 1


def test_ending_asks_for_no_step_up_and_so_names_nothing(make_request, user, shown, client_of, now):
    item = put_named("connections.automation", user, now)
    request = make_request(items=[as_item("connections.automation", item)])
    services.agree_to_request(request, user=user, items={item}, shown=shown, now=now)
    client = client_of(user, fresh=False)
    assert client.post(f"{page_of(request)}end/").status_code == 302
    again = client.post(f"{page_of(request)}end/")
    assert again.status_code == 409
    assert "canary" not in again.content.decode()
