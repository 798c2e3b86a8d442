"""What the platform is ordered when access to Google data ends: once for each end, answered by an outcome."""

from datetime import timedelta

import pytest
from django.db import IntegrityError

from accounts.connections.models import Revocation, WipeReason
from accounts.connections.services import wipe_grant
from accounts.identity.waiting import waiting_for
from accounts.workloads.models import OrderKind, PlatformOrder
from accounts.workloads.services import make_order, make_token, settle_order
from accounts.workloads.services.orders import count_unanswered
from audit.log.actors import machine
from audit.log.models import Entry
from core import db
from rights.models import RightsRequest
from rights.states import Kind
from tests.google_access import end_access
from tests.platform_rows import put_row
from tests.signin import sign_in

URL = "/api/v1/platform/orders"
HOUR = timedelta(hours=1)


def orders():
    with db.use_role("staff"):
        return list(PlatformOrder.objects.order_by("number"))


@pytest.fixture
def ended(user, now):
    """The end of layla's access, which she asked for while she had an app."""
    put_row("workloads_app", user.reference, now)
    return end_access(user, now)


@pytest.fixture
def call(client, now):
    """Call as the platform: `call()` fetches, `call(order, body)` answers."""
    with db.use_role("staff"):
        token = make_token("platform", scopes=["orders"], actor=machine("console"), now=now)[1]

    def do(order=None, **body):
        headers = {"Authorization": f"Bearer {token}"}
        if order is None:
            return client.get(URL, headers=headers).json()["orders"]
        return client.post(f"{URL}/{order.pk}/receipts", body, content_type="application/json", headers=headers)

    return do


@pytest.mark.parametrize(
    ("by", "reason"),
    [("self", WipeReason.USER), ("self", WipeReason.UNNEEDED), ("worker", WipeReason.GOOGLE)],
)
def test_each_end_of_access_orders_the_platform_once_to_drop_what_it_cached(user, now, by, reason):
    first = end_access(user, now, reason=reason, by=by)
    assert end_access(user, now, reason=reason, by=by).pk != first.pk
    made, again = orders()
    assert (made.pk, made.subject, made.kind, made.case_ref) == (first.pk, user.reference, "drop_cache", "")
    assert (made.categories, made.app, made.apps, again.pk != made.pk) == (["connections.grants"], None, [], True)
    with db.use_role("auditor"):
        entries = list(Entry.objects.filter(event="workloads.order.made").values_list("actor", "subject"))
    assert [subject for _actor, subject in entries] == [user.reference] * 2
    assert {actor.split(":")[0] for actor, _subject in entries} == {"user" if by == "self" else "machine"}


def test_what_has_ended_ends_once(user, now):
    end_access(user, now)
    with db.row_security_for(user.reference):
        facts = {"reason": WipeReason.USER, "asked_at": now, "now": now}
        assert wipe_grant(user.reference, actor=machine("worker"), **facts) is None
    assert len(orders()) == 1


def test_a_deletion_orders_it_by_its_own_order_alone(user, now):
    end_access(user, now, reason=WipeReason.DELETION, by="worker")
    assert orders() == []


def test_an_end_that_cannot_be_ordered_does_not_happen(user, now, monkeypatch):
    monkeypatch.setattr("rights.fulfilment.ordered_step.make_order", lambda *_args, **_facts: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        end_access(user, now)
    with db.use_role("worker"):
        assert not Revocation.objects.exists()


def test_the_platform_fetches_it_without_apps_or_contents(call, ended, user):
    (each,) = call()
    assert {name: each[name] for name in ("id", "kind", "subject", "app", "categories", "contents")} == {
        "id": str(ended.pk),
        "kind": "drop_cache",
        "subject": user.reference,
        "app": None,
        "categories": ["connections.grants"],
        "contents": None,
    }


@pytest.mark.parametrize(("outcome", "other"), [("dropped", "nothing_held"), ("nothing_held", "dropped")])
def test_it_is_answered_by_an_outcome_once_and_nothing_else_follows(
    call, ended, user, now, file_request, outcome, other
):
    request = file_request(user, kind=Kind.ACCESS)
    (order,) = orders()
    body = {"subject": user.reference, "outcome": outcome}
    answer = call(order, **body)
    assert (answer.status_code, answer.json()["outcome"], answer.json()["apps"]) == (200, outcome, [])
    assert call(order, **body).status_code == 200
    assert call(order, **body | {"outcome": other}).status_code == 409
    with db.use_role("worker"):
        assert settle_order(order.pk, now=now)
        assert not settle_order(order.pk, now=now)
    with db.use_role("staff"):
        assert RightsRequest.objects.get().state == request.state


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "outcome"),
        ({"outcome": ""}, "outcome"),
        ({"outcome": "corrected"}, "outcome"),
        ({"outcome": "not_held"}, "outcome"),
        ({"outcome": "erased"}, "outcome"),
        ({"outcome": "dropped", "kind": "drop_cache"}, "kind"),
        ({"outcome": "dropped", "apps": "app"}, "apps.0.app"),
    ],
)
def test_another_answer_is_refused_and_names_the_field(call, ended, user, now, body, field):
    (order,) = orders()
    if "apps" in body:
        app = str(put_row("workloads_app", user.reference, now))
        none = {"outcome": "nothing_held", "code": False, "data": False, "logs": False}
        body = body | {"apps": [{"app": app, "provider": "aws", **none}]}
    answer = call(order, subject=user.reference, **body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert orders()[0].answered_at is None


def test_nothing_is_ordered_twice_for_one_end(ended, user, now):
    facts = {"kind": OrderKind.DROP_CACHE, "number": ended.pk, "actor": machine("worker"), "now": now}
    with db.use_role("worker"), pytest.raises(IntegrityError):
        make_order(user.reference, **facts)


def late(at):
    with db.use_role("worker"):
        return [count_unanswered(kind, made_before=at - HOUR) for kind in (OrderKind.DROP_CACHE, OrderKind.ERASE)]


def test_without_an_answer_for_an_hour_it_is_counted_and_told_to_the_officer(call, client, ended, user, officer, now):
    def waiting(at):
        with db.use_role("staff"):
            found = waiting_for(officer, at)
            return [item for each, items in found.items() if each.name == "rights.orders" for item in items]

    assert (waiting(now + HOUR), late(now + HOUR)) == ([], [0, 0])
    (item,) = waiting(now + 2 * HOUR)
    assert item.title == "Drop what is cached from Google"
    assert late(now + 2 * HOUR) == [1, 0]
    page = sign_in(client, officer, mfa=True, fresh=True).get(item.url)
    assert (page.status_code, user.email in page.content.decode()) == (200, True)
    client.logout()
    assert call(orders()[0], subject=user.reference, outcome="dropped").status_code == 200
    assert (waiting(now + 2 * HOUR), late(now + 2 * HOUR)) == ([], [0, 0])
