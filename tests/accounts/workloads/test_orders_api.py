"""Orders to the platform: fetched by cursor, answered once, each refusal a problem document that names the rule."""

import uuid
from datetime import timedelta

import pytest
from django.db import DatabaseError, connections
from django.utils import timezone

from accounts.workloads import platform_api, services
from accounts.workloads.models import OrderKind, PlatformOrder, ServiceToken
from accounts.workloads.services import make_order, make_token
from audit.log.actors import machine
from audit.log.append import append
from audit.log.models import Entry
from core import db
from core.registry import Listeners
from rights.events import ERASURE_STARTED
from tests.platform_rows import put_row

ACTOR = machine("console")
URL = "/api/v1/platform/orders"


@pytest.fixture
def now(office):
    return timezone.now()


@pytest.fixture
def token(now):
    with db.use_role("staff"):
        return make_token("platform", scopes=["orders"], actor=ACTOR, now=now)[1]


@pytest.fixture
def order(now):
    """Order that a person be erased, whose deletion has begun: `order(person)`."""

    def make(person):
        with db.use_role("staff"), db.atomic():
            append(
                ERASURE_STARTED,
                actor=ACTOR,
                subject=person.reference,
                now=now,
                payload={"case": "RR-2026-000001", "steps": 1},
            )
            return make_order(person.reference, kind=OrderKind.ERASE, case="RR-2026-000001", actor=ACTOR, now=now)

    return make


@pytest.fixture
def apps(user, now):
    """Two apps of layla's, by their ids in order."""
    return sorted(str(put_row("workloads_app", user.reference, now)) for _ in range(2))


@pytest.fixture
def call(client, token):
    """Call as the platform: `call()` fetches, `call(order, body)` answers."""

    def do(order=None, body=None, query="", text=token):
        headers = {"Authorization": f"Bearer {text}"}
        if order is None:
            return client.get(f"{URL}{query}", headers=headers)
        number = getattr(order, "pk", order)
        return client.post(f"{URL}/{number}/receipts", body, content_type="application/json", headers=headers)

    return do


def outcome(app, **changes):
    found = {"app": app, "provider": "aws", "outcome": "erased", "code": True, "data": False, "logs": True}
    return found | {"backups_until": (timezone.now().date() + timedelta(days=30)).isoformat()} | changes


def nothing(app, **changes):
    none = {"outcome": "nothing_held", "code": False, "data": False, "logs": False, "backups_until": None}
    return outcome(app, **none | changes)


def receipt(person, *apps):
    return {"subject": person.reference, "apps": list(apps)}


def errors_of(answer, status):
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    return {error["field"]: error["detail"] for error in answer.json().get("errors", [])}


def names():
    with db.use_role("auditor"):
        found = Entry.objects.filter(event__startswith="workloads.order.").order_by("id")
        return list(found.values_list("event", flat=True))


def stored(order):
    with db.use_role("staff"):
        return PlatformOrder.objects.get(pk=order.pk)


def test_orders_are_fetched_by_a_cursor_and_logged_once(call, order, user, make_user, monkeypatch):
    first, second = order(user), order(make_user("tariq"))
    monkeypatch.setattr(platform_api, "PAGE", 1)
    page = call().json()
    assert page["more"]
    assert page["orders"] == [
        {
            "id": str(first.pk),
            "cursor": page["next"],
            "kind": "erase",
            "subject": user.reference,
            "app": None,
            "categories": [],
            "created_at": first.created_at.isoformat().replace("+00:00", "Z"),
            "contents": None,
        }
    ]
    following = call(query=f"?after={page['next']}").json()
    assert [each["id"] for each in following["orders"]] == [str(second.pk)]
    assert not following["more"]
    end = call(query=f"?after={following['next']}").json()
    assert end == {"orders": [], "next": following["next"], "more": False}
    call()
    assert names() == ["workloads.order.made"] * 2 + ["workloads.order.fetched"] * 2


@pytest.mark.parametrize(("query", "field"), [("?after=-1", "after"), ("?after=x", "after"), ("?before=1", "before")])
def test_a_cursor_that_cannot_be_read_is_refused(call, query, field):
    assert field in errors_of(call(query=query), 400)


def test_an_order_is_answered_once_and_the_same_receipt_again_changes_nothing(call, order, user, apps):
    made = order(user)
    body = receipt(user, nothing(apps[1]), outcome(apps[0]))
    answer = call(made, body)
    assert answer.status_code == 200, answer.content
    found = answer.json()
    assert (found["order"], [each["app"] for each in found["apps"]]) == (str(made.pk), apps)
    again = call(made, receipt(user, *reversed(body["apps"])))
    assert (again.status_code, again.json()) == (200, found)
    assert names().count("workloads.order.answered") == 1
    other = call(made, receipt(user, outcome(apps[0]), outcome(apps[1])))
    assert other.status_code == 409
    assert "another receipt" in other.json()["detail"]
    assert [each["outcome"] for each in stored(made).receipt] == ["erased", "nothing_held"]


def test_apps_are_those_at_the_time_of_the_order(call, order, user, apps, now):
    made = order(user)
    later = str(put_row("workloads_app", user.reference, now))
    assert [str(app) for app in stored(made).apps] == apps
    assert "is no app of this order" in errors_of(call(made, receipt(user, outcome(later))), 422)["apps.0.app"]
    with connections["owner"].cursor() as cursor:
        cursor.execute("DELETE FROM workloads_app")
    assert call(made, receipt(user, *map(outcome, apps))).status_code == 200


def test_a_person_without_apps_is_answered_with_none(call, order, user):
    made = order(user)
    assert call(made, receipt(user)).status_code == 200
    assert stored(made).receipt == []


def test_an_unknown_order_is_404_and_another_persons_reference_422(call, order, user, make_user):
    assert errors_of(call(uuid.uuid4(), receipt(user)), 404) == {}
    assert "subject" in errors_of(call(order(user), receipt(make_user("tariq"))), 422)


YESTERDAY = (timezone.now() - timedelta(days=2)).date().isoformat()


@pytest.mark.parametrize(
    ("change", "field", "rule"),
    [
        (lambda body: body["apps"].pop(), "apps", "missing: "),
        (lambda body: body["apps"].append(body["apps"][0]), "apps.2.app", "twice"),
        (lambda body: body["apps"][0].update(backups_until=YESTERDAY), "apps.0.backups_until", "past"),
        (lambda body: body["apps"][0].update(backups_until=None), "apps.0.backups_until", "expires"),
        (lambda body: body["apps"][0].update(outcome="nothing_held"), "apps.0.outcome", "erased where"),
        (lambda body: body["apps"][0].update(outcome="lost"), "apps.0.outcome", "not a valid choice"),
        (lambda body: body["apps"][0].update(note="x"), "apps.0.note", "no such field"),
        (lambda body: body["apps"][0].pop("logs"), "apps.0.logs", "required"),
        (lambda body: body.update(kind="erase"), "kind", "no such field"),
        (lambda body: body.pop("subject"), "subject", "required"),
    ],
)
def test_a_receipt_that_breaks_a_rule_names_field_and_rule(call, order, user, apps, change, field, rule):
    made = order(user)
    body = receipt(user, *map(outcome, apps))
    change(body)
    found = errors_of(call(made, body), 422)
    assert rule in found[field]
    assert stored(made).answered_at is None


def test_a_body_that_is_no_object_is_refused(call, order, user):
    made = order(user)
    assert errors_of(call(made, [1]), 422)
    assert call(made, "nonsense").status_code in {400, 422}


def test_only_a_token_with_the_scope_takes_orders(call, client, user, order, now):
    made = order(user)
    with db.use_role("staff"):
        ingest = make_token("ingest", actor=ACTOR, now=now)[1]
        assert ServiceToken.objects.get(name="ingest").scopes == ["ingest"]
    for answer in (call(text=ingest), call(made, receipt(user), text=ingest)):
        assert answer.status_code == 403
        assert "scope orders" in answer.json()["detail"]
    answer = client.get(URL)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Bearer realm="platform"'


def test_orders_are_limited(call, monkeypatch):
    monkeypatch.setattr(platform_api.PlatformThrottle, "rate", "1/min")
    assert call().status_code == 200
    assert "Retry-After" in call().headers


def test_the_answer_is_told_once_and_again_after_a_failure(call, order, user, monkeypatch, now):
    told = []

    def listen(answered, *, now):
        told.append(answered.pk)
        if len(told) == 1:
            raise RuntimeError

    monkeypatch.setattr(services.orders, "order_answered", Listeners([listen]))
    made = order(user)
    call(made, receipt(user))
    with db.use_role("worker"):
        with pytest.raises(RuntimeError):
            services.settle_order(made.pk, now=now)
        assert services.sweep_orders(now=now) == 1
        assert services.sweep_orders(now=now) == 0
        assert not services.settle_order(made.pk, now=now)
    assert told == [made.pk] * 2
    assert stored(made).settled_at == now


def test_nothing_is_ordered_about_somebody_whose_deletion_has_not_begun(user, now):
    with db.use_role("staff"), pytest.raises(DatabaseError, match="Nothing is ordered"):
        make_order(user.reference, kind=OrderKind.ERASE, actor=ACTOR, now=now)
    assert names() == []


@pytest.mark.parametrize("change", ["subject = repeat('c', 32)", "apps = '{}'", "number = 7", "receipt = '[1]'"])
def test_an_order_and_its_answer_stay_as_they_are(call, order, user, apps, change):
    made = order(user)
    call(made, receipt(user, *map(outcome, apps)))
    with pytest.raises(DatabaseError, match="stay as they are"), connections["owner"].cursor() as cursor:
        cursor.execute(f"UPDATE workloads_platformorder SET {change}")


def test_an_order_that_commits_late_has_the_later_number(order, user, make_user, now):
    tariq = make_user("tariq")
    numbers = []
    with db.use_role("staff"), db.atomic():
        append(ERASURE_STARTED, actor=ACTOR, subject=user.reference, now=now, payload={"case": "RR-1", "steps": 1})
        make_order(user.reference, kind=OrderKind.ERASE, actor=ACTOR, now=now)
        with connections["owner"].cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('workloads_platformorder.number'))")
            assert cursor.fetchone() == (False,)
    order(tariq)
    with db.use_role("staff"):
        numbers = list(PlatformOrder.objects.order_by("created_at", "number").values_list("number", flat=True))
    assert numbers == [1, 2]
