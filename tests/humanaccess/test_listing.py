"""Listing is a read: its entry is committed first, and nothing is listed where the log cannot be written."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connections, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.identity.roles import Role
from accounts.personaldata import item_providers
from accounts.personaldata.item_providers import provider_of
from audit.log.models import Entry
from core import db
from humanaccess import services
from humanaccess.access_gate_sql import REDEEMED_TABLES, RESTRICTED_TABLES
from humanaccess.errors import LogUnwritableError
from tests.platform_rows import SHAPES, put_row
from tests.signin import sign_in

LISTED = "humanaccess.items.listed"
APP = UUID(int=7)


@pytest.fixture
def staff_role():
    with db.use_role("staff"):
        yield


def committed():
    """Return the kinds of the listings that another connection sees, so that are committed."""
    with connections["auditor"].cursor() as cursor:
        cursor.execute(
            "SELECT convert_from(leaf, 'UTF8')::jsonb #>> '{payload,kind}' FROM audit_entry WHERE event = %s", [LISTED]
        )
        return [kind for (kind,) in cursor.fetchall()]


def wanted(kind, now):
    takes = {"app": APP, "start": now - timedelta(days=1), "end": now + timedelta(days=1)}
    return {name: takes[name] for name in provider_of(kind).takes if name != "app" or kind == "workloads.logline"}


def listed(kind, *, asker, subject, now):
    """List items of one kind, or apps without one."""
    who = {"asker": asker, "subject": subject, "now": timezone.now()}
    return services.list_items(kind=kind, where=wanted(kind, now), **who) if kind else services.list_apps(**who)


@pytest.mark.parametrize("kind", [provider.kind for provider in item_providers.item_providers()])
def test_the_entry_is_committed_before_anything_is_listed(user, support, staff_role, now, monkeypatch, kind):
    found, name_items = [], item_providers.ItemProvider.name_items

    def watched(provider, reference, **where):
        found.append(committed())
        return name_items(provider, reference, **where)

    put_row((RESTRICTED_TABLES | REDEEMED_TABLES)[kind], user.reference, now)
    monkeypatch.setattr(item_providers.ItemProvider, "name_items", watched)
    items = services.list_items(asker=support, subject=user, kind=kind, where=wanted(kind, now), now=timezone.now())
    assert len(items) == 1
    assert found == [[kind]]


def test_apps_are_listed_under_an_entry_of_their_own(user, support, staff_role, now):
    item = put_row("workloads_app", user.reference, now)
    found = services.list_apps(asker=support, subject=user, now=timezone.now())
    assert [row[0] for row in found] == [item]
    assert committed() == ["workloads.app"]


@pytest.mark.parametrize("kind", ["workloads.logline", "connections.automation", ""])
def test_nothing_is_listed_where_the_log_cannot_be_written(user, support, staff_role, now, monkeypatch, kind):
    for table in SHAPES:
        put_row(table, user.reference, now)
    with connections["owner"].cursor() as cursor:
        cursor.execute("REVOKE INSERT ON audit_entry FROM office_staff")
    with pytest.raises(LogUnwritableError, match="nothing is shown"):
        listed(kind, asker=support, subject=user, now=now)


def test_a_listing_inside_a_transaction_is_refused(user, support, staff_role, now):
    with db.atomic(), pytest.raises(RuntimeError, match="durable"):
        services.list_items(asker=support, subject=user, kind="connections.automation", where={}, now=now)
    assert not transaction.get_connection("staff").in_atomic_block


def test_the_form_says_so_and_names_neither_items_nor_apps(client, user, support, now):
    app = put_row("workloads_app", user.reference, now)
    client = sign_in(client, support, mfa=True, fresh=True)
    address = reverse("admin:humanaccess_approval_new")
    form = {"step": "find", "person": user.email, "kind": "workloads.logline"}
    answer = client.post(address, form)
    assert str(app)[:8] in answer.content.decode()
    assert committed() == ["workloads.app"]  # no line was listed, so no entry says so
    with connections["owner"].cursor() as cursor:
        cursor.execute("REVOKE INSERT ON audit_entry FROM office_staff")
    refused = client.post(address, form)
    assert refused.status_code == 503
    assert str(app)[:8] not in refused.content.decode()


def test_no_account_is_shown_where_the_log_cannot_be_written(client, user, support, make_staff):
    client = sign_in(client, make_staff("ida", Role.SUPPORT), mfa=True, fresh=True)
    client.raise_request_exception = False
    address = reverse("admin:identity_user_changelist")
    assert user.email in client.post(address, {"query": user.email}).content.decode()
    with db.use_role("auditor"):
        assert Entry.objects.filter(event="identity.person.shown", subject=user.reference).count() == 1
    with connections["owner"].cursor() as cursor:
        cursor.execute("REVOKE INSERT ON audit_entry FROM office_staff")
    refused = client.post(address, {"query": user.email})
    assert refused.status_code >= 500
    assert user.username not in refused.content.decode()
