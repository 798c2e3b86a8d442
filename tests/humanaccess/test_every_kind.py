"""Each kind of restricted item from the listing to the value: found without content, agreed to, logged, then shown."""

import html
import re
from datetime import timedelta
from uuid import UUID, uuid4

import orjson
import pytest

from accounts.inbox.selectors import list_letters_of_case
from accounts.personaldata.item_providers import item_providers, provider_of
from accounts.workloads.schema_sql import PLATFORM_ITEMS
from audit.log.models import Entry
from core import db
from humanaccess import services
from humanaccess.access_gate_sql import REDEEMED_TABLES, RESTRICTED_TABLES
from humanaccess.errors import ReadRefusedError
from humanaccess.models import ApprovalRequest
from tests.authorisations import listing
from tests.humanaccess.conftest import REASON
from tests.platform_rows import SHAPES, put_row

NEW = "/staff/humanaccess/ask/new/"
APP, OTHER = UUID(int=7), UUID(int=8)
#: kind → what a read shows of it, and nothing before the read
VALUES = {
    "workloads.app": ("canary-app-name",),
    "workloads.usage": ("7319.25 hour",),
    "workloads.metric": ("7319.25 ms",),
    "workloads.command": ("canary-command",),
    "workloads.logline": ("canary-line",),
    "connections.automation": ("canary-automation", "canary-destination"),
    "connections.run": ("canary-run",),
    "connections.transfer": ("canary-destination",),
    "workloads.webvisit": ("canary-path",),
    "inbox.letter": ("canary-letter",),
    "identity.session": ("203.0.113.99", "canary-agent"),
    # shown to its owner; a reader gets a code (test_redeemed_reads)
    "platform.code": ("canary-app-name",),
    "platform.files": ("canary-app-name",),
}
CONTENT = {
    "workloads.app": {"sealed": {"name": "canary-app-name"}},
    "workloads.usage": {"app": APP, "quantity": "7319.250000000"},
    "workloads.metric": {"app": APP, "value": 7319.25},
    "workloads.command": {"app": APP, "sealed": {"command": "canary-command"}},
    "workloads.logline": {"sealed": {"text": "canary-line"}},
    "connections.automation": {"sealed": {"name": "canary-automation", "destinations": ["canary-destination"]}},
    "connections.run": {"sealed": {"details": "canary-run"}},
    "connections.transfer": {"sealed": {"destination": "canary-destination"}},
    "workloads.webvisit": {"sealed": {"path": "/canary-path"}},
    "inbox.letter": {"text": "canary-letter"},
    "identity.session": {"ip": "203.0.113.99", "user_agent": "canary-agent"},
    "platform.code": {"sealed": {"name": "canary-app-name"}},
    "platform.files": {"sealed": {"name": "canary-app-name"}},
}
TABLES = RESTRICTED_TABLES | REDEEMED_TABLES
KINDS = sorted(VALUES)


def put(kind, user, now):
    item = put_row(TABLES[kind], user.reference, now - timedelta(minutes=5), **CONTENT[kind])
    return UUID(int=item.int ^ PLATFORM_ITEMS.get(kind, 0))


def tokens(page):
    return [html.unescape(each) for each in re.findall(r'name="items" value="([^"]+)"', page)]


def has_content(page, kind):
    return [value for value in VALUES[kind] if value in page]


def test_every_kind_is_tested_here():
    assert {provider.kind for provider in item_providers()} == set(VALUES)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_from_the_listing_to_the_value(user, support, officer, client_of, search, events, now, kind):
    item = put(kind, user, now)
    staff, owner = client_of(support), client_of(user)
    found = staff.post(NEW, search | {"kind": kind}).content.decode()
    assert events() == [("humanaccess.items.listed", "ok")]
    assert has_content(found, kind) == []
    (token,) = tokens(found)
    answers = {"person": user.email, "kind": kind, "items": [token], "reason": REASON, "hours": "1"}
    filed = staff.post(NEW, answers | {"ground": "agreement", "step": "file"})
    assert filed.status_code == 302
    look = f"{filed['Location']}look/{item}/"
    assert staff.post(look).status_code == 404  # nobody has agreed
    reference = filed["Location"].rstrip("/").rpartition("/")[2]
    page = owner.get(f"/settings/permissions/{reference}/")
    assert has_content(page.content.decode(), kind) == list(VALUES[kind])  # the owner's own, to decide about
    agree = {"answer": "agree", "text": page.context["token"], "items": [str(item)]}
    assert owner.post(f"/settings/permissions/{reference}/", agree).status_code == 302
    assert has_content(staff.get(filed["Location"]).content.decode(), kind) == []
    shown = staff.post(look)
    assert shown.status_code == 200
    by_code = provider_of(kind).is_redeemed
    assert has_content(shown.content.decode(), kind) == ([] if by_code else list(VALUES[kind]))
    assert ('id="code"' in shown.content.decode()) is by_code
    assert events("humanaccess.item.read") == [("humanaccess.item.read", "ok")]
    with db.use_role("auditor"):
        entry = Entry.objects.get(event="humanaccess.item.read")
    payload = orjson.loads(bytes(entry.leaf))["payload"]
    assert (entry.subject, payload["kind"], payload["item"]) == (user.reference, kind, str(item))
    assert str(entry.pk) in shown.content.decode()


@pytest.mark.parametrize("kind", KINDS)
def test_access_to_another_kind_opens_none_of_this(agreed, user, support, client_of, now, kind):
    item = put(kind, user, now)
    answer = client_of(support).post(f"/staff/humanaccess/ask/{agreed.approval_request.reference}/look/{item}/")
    assert answer.status_code == 403
    assert has_content(answer.content.decode(), kind) == []
    with db.use_role("staff"), pytest.raises(ReadRefusedError, match="no such access"):
        services.read_item(uuid4(), item_id=item, reader=support, mfa=True, stepped_up=True, now=now)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "app" in provider_of(kind).takes])
def test_a_kind_is_found_by_app_and_time(user, now, kind):
    table, at = RESTRICTED_TABLES[kind], now - timedelta(minutes=5)
    here, elsewhere = (put_row(table, user.reference, at, app=app) for app in (APP, OTHER))
    put_row(table, user.reference, at - timedelta(days=2), app=APP)
    period = {"start": now - timedelta(hours=1), "end": now}
    with listing(user.reference, kind):
        assert [item.id for item in provider_of(kind).name_items(user.reference, app=APP, **period)] == [here]
        if not provider_of(kind).app_error:
            items = provider_of(kind).name_items(user.reference, **period)
            assert {item.id for item in items} == {here, elsewhere}


def test_a_record_of_no_app_says_so(user, now):
    assert SHAPES["workloads_usagerecord"][0]["app"] is None
    put_row("workloads_usagerecord", user.reference, now)
    with listing(user.reference, "workloads.usage"):
        (item,) = provider_of("workloads.usage").name_items(
            user.reference, start=now - timedelta(hours=1), end=now + timedelta(hours=1)
        )
    assert item.facts["app"] is None
    assert item.label.startswith("Usage of app —, ")


def test_records_of_all_apps_are_offered_unless_there_are_too_many(user, support, search, client_of, now):
    app = str(put_row("workloads_app", user.reference, now))
    client = client_of(support)
    for kind, first in (("workloads.usage", ""), ("workloads.logline", app)):
        page = client.post(NEW, search | {"step": "apps", "kind": kind, "app": ""}).content.decode()
        assert re.findall(r'type="radio" name="app" value="([^"]*)"', page)[0] == first
        assert ("All apps" in page) is (not first)
    with db.use_role("staff"):
        assert not ApprovalRequest.objects.exists()


@pytest.mark.parametrize("kind", ["inbox.letter", "identity.session"])
def test_staff_see_no_row_of_letters_and_sessions_without_a_grant(user, now, kind):
    put(kind, user, now)
    with db.use_role("staff"), db.atomic(), db.connection().cursor() as cursor:
        db.set_local(subject=user.reference)
        cursor.execute(f"SELECT count(*) FROM {TABLES[kind]}")
        assert cursor.fetchone() == (0,)


def test_staff_read_the_headings_of_a_cases_letters(user, now):
    put_row("inbox_letter", user.reference, now, case_ref="HA-2026-000001")
    put_row("inbox_letter", user.reference, now)
    with db.use_role("staff"):
        (letter,) = list_letters_of_case(user.reference, "HA-2026-000001")
        assert letter.subject_line == "We have your request"
        assert bytes(letter.sealed) == b""
        assert list_letters_of_case("0" * 32, "HA-2026-000001") == list_letters_of_case(user.reference, "") == []
