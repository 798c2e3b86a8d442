"""An app that ends at the platform is erased here, but for what is on hold; nothing about it is taken any more."""

import json
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import DatabaseError, connections
from django.utils import timezone

from accounts.identity.roles import Role
from accounts.workloads import services
from accounts.workloads.data_categories import ENDED_APPS
from accounts.workloads.models import TerminatedApp
from accounts.workloads.services import ended_apps, make_token
from audit.log.actors import machine
from audit.log.models import Entry
from core import db
from core.promises import PromiseState, measure, promises
from rights.services import lift_hold, place_hold
from tests.authorisations import step_entry
from tests.platform_rows import put_row, put_rows
from tests.stream_lines import body, line

ACTOR = machine("console")
RECORDS = ("workloads_usagerecord", "workloads_metric", "workloads_command", "workloads_logline")
HOUR = timedelta(hours=1)


@pytest.fixture
def now(office):
    return timezone.now()


@pytest.fixture
def token(now):
    with db.use_role("staff"):
        return make_token("platform", scopes=["apps", "ingest"], actor=ACTOR, now=now)[1]


@pytest.fixture
def post(client, token):
    def do(app, given, text=token):
        address = f"/api/v1/platform/apps/{app}/terminated"
        return client.post(address, given, "application/json", headers={"Authorization": f"Bearer {text}"})

    return do


@pytest.fixture
def app(user, now):
    """An app of layla's with a record of each kind, beside others of hers."""
    found = put_row("workloads_app", user.reference, now)
    put_row("workloads_app", user.reference, now)
    for table in RECORDS:
        put_row(table, user.reference, now, app=found)
        put_row(table, user.reference, now)
    return found


@pytest.fixture
def end(app, user, now):
    def do():
        with db.use_role("ingest"):
            return services.end_app(app, subject=user.reference, actor=ACTOR, now=now)

    return do


def impose_hold(user, counsel, now, *, category):
    with db.use_role("staff"):
        return place_hold(
            user.reference,
            category=category,
            authority="A court",
            reason="Preserve the logs until the claim is decided.",
            ends_on=now.date() + timedelta(days=10),
            actor=counsel,
            now=now,
        )


@pytest.fixture
def hold(user, make_staff, now):
    """Place a hold on one category of layla's, and lift it."""
    counsel = make_staff("lena", Role.LEGAL_COUNSEL)
    with db.use_role("staff"):
        facts = {
            "authority": "A court",
            "reason": "Preserve the logs until the claim is decided.",
            "ends_on": now.date() + timedelta(days=10),
        }
        placed = place_hold(user.reference, category="logs", actor=counsel, now=now, **facts)

    def lift():
        with db.use_role("staff"):
            lift_hold(placed.pk, actor=counsel, now=now)

    return lift


def erase(app, at):
    with db.use_role("worker"):
        return services.erase_app(app, now=at)


def left():
    with connections["owner"].cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT count(*) FROM {table}" for table in ("workloads_app", *RECORDS)))
        return [count for (count,) in cursor.fetchall()]


def payloads(event):
    with db.use_role("auditor"):
        leaves = Entry.objects.filter(event=event).order_by("id").values_list("leaf", flat=True)
        return [json.loads(bytes(leaf))["payload"] for leaf in leaves]


def test_what_is_held_of_it_goes_and_nothing_else(post, app, user, now):
    answer = post(app, {"subject": user.reference})
    assert answer.status_code == 200, answer.content
    assert answer.json() == post(app, {"subject": user.reference}).json()
    assert payloads("workloads.app.terminated") == [{"app": str(app)}]
    assert not erase(app, now)
    assert left() == [1] * 5
    assert payloads("workloads.app.erased") == [{"app": str(app), "count": 5, "on_hold": []}]
    at = timezone.now() + HOUR
    assert [erase(app, at), erase(app, at)] == [True, False]
    assert post(app, {"subject": user.reference}).status_code == 200
    with db.use_role("worker"):
        assert ENDED_APPS.recheck(user.reference) == 1
        [row] = ENDED_APPS.export(user.reference, step_entry(user.reference, now))
    assert (row["app"], bool(row["settled_at"])) == (str(app), True)


def test_rows_go_in_batches(app, end, user, now, monkeypatch):
    monkeypatch.setattr(ended_apps, "BATCH", 2)
    put_rows("workloads_metric", user.reference, now, 6, app=app)
    end()
    erase(app, now)
    assert left() == [1] * 5


def test_a_hold_keeps_what_it_names_until_it_is_lifted(app, end, hold, now):
    end()
    assert not erase(app, now + HOUR)
    assert left() == [1, 1, 1, 1, 2]
    assert payloads("workloads.app.erased")[0]["on_hold"] == ["logs"]
    assert not erase(app, now + HOUR)
    hold()
    with db.use_role("worker"):
        assert services.sweep_ended_apps(now=now + HOUR) == 0
        assert left() == [1] * 5
        assert services.sweep_ended_apps(now=now + HOUR) == 1


def test_lines_about_it_are_set_aside(client, token, app, end, user):
    end()
    with db.use_role("self"):
        account = user.pk
    about = [line("apps", account, id=str(app)), line("logs", account, app=str(app)), line("usage", account)]
    answer = client.post(
        "/api/v1/ingest/auto",
        body(*about),
        content_type="application/x-ndjson",
        headers={"Authorization": f"Bearer {token}"},
    ).json()
    rule = "is about an app that has ended"
    assert answer["kept"] == 1
    assert answer["first_set_aside"] == [{"line": n, "field": "", "rule": rule} for n in (1, 2)]


def test_a_row_that_comes_back_is_erased_by_the_sweep(app, end, user, now):
    end()
    erase(app, now)
    put_row("workloads_logline", user.reference, now, app=app)
    with db.use_role("worker"):
        services.sweep_ended_apps(now=now + HOUR)
    assert left() == [1] * 5


def test_an_app_of_nobody_or_of_somebody_else_is_404_and_leaves_no_entry(post, app, make_user):
    for unknown, whose in ((uuid.uuid4(), "f" * 32), (app, make_user("tariq").reference)):
        assert post(unknown, {"subject": whose}).status_code == 404
    with db.use_role("worker"):
        assert not TerminatedApp.objects.exists()
    assert payloads("workloads.app.terminated") == []


@pytest.mark.parametrize(
    ("given", "field"), [({}, "subject"), ({"subject": "x" * 33}, "subject"), ({"subject": "x", "why": 1}, "why")]
)
def test_a_body_that_breaks_a_rule_names_field_and_rule(post, app, given, field):
    answer = post(app, given)
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == [field]


def test_only_a_token_with_the_scope_ends_apps(post, app, user, now):
    with db.use_role("staff"):
        other = make_token("orders", scopes=["orders"], actor=ACTOR, now=now)[1]
    assert post(app, {"subject": user.reference}, other).status_code == 403


def test_the_worker_erases_no_app_without_the_entry_that_it_has_ended(app, user, now):
    with db.use_role("worker"), db.atomic(), pytest.raises(DatabaseError, match="only with an entry"):
        db.select_value("SELECT workloads_erase_app('workloads_app', %s, 10)", [app])
    with db.use_role("ingest"):
        assert db.select_value("SELECT workloads_end_app(%s, %s, %s)", [app, user.reference, now])
    with db.use_role("worker"), db.atomic(), pytest.raises(DatabaseError, match="only with an entry"):
        db.select_value("SELECT workloads_erase_app('workloads_app', %s, 10)", [app])
    assert left() == [2] * 5


def test_an_app_that_is_still_there_a_day_later_breaks_the_promise_unless_it_is_on_hold(
    app, end, hold, user, make_staff, now
):
    def measured(at):
        [promise] = [each for each in promises() if each.id == "P16"]
        result = measure(promise, at)
        return result.state, result.figures["past"], result.figures["on_hold"]

    end()
    day = timedelta(days=1) + ended_apps.LATEST + HOUR
    assert measured(now) == (PromiseState.KEPT, 0, 0)
    assert measured(now + day) == (PromiseState.BROKEN, 1, 0)
    whole = impose_hold(user, make_staff("otto", Role.LEGAL_COUNSEL), now, category="")
    assert measured(now + day) == (PromiseState.KEPT, 0, 1)
    hold()
    with db.use_role("staff"):
        lift_hold(whole.pk, actor=make_staff("olga", Role.LEGAL_COUNSEL), now=now)
    erase(app, now + HOUR)
    erase(app, now + HOUR)
    assert measured(now + day) == (PromiseState.KEPT, 0, 0)


def test_an_app_may_end_before_its_record_comes(post, user):
    app = uuid.uuid4()
    assert post(app, {"subject": user.reference}).status_code == 200
    assert payloads("workloads.app.terminated") == [{"app": str(app)}]


def test_every_batch_has_its_entry_and_obeys_a_hold_that_was_imposed_meanwhile(
    app, end, user, now, monkeypatch, make_staff
):
    counsel = make_staff("lena", Role.LEGAL_COUNSEL)
    put_rows("workloads_metric", user.reference, now, 6, app=app)
    monkeypatch.setattr(ended_apps, "BATCH", 2)
    real, batches = ended_apps.lock_holds, []

    def impose(subject):
        batches.append(subject)
        if len(batches) == 3:
            impose_hold(user, counsel, now, category="")
        real(subject)

    monkeypatch.setattr(ended_apps, "lock_holds", impose)
    end()
    assert not erase(app, now + HOUR)
    assert [each["count"] for each in payloads("workloads.app.erased")] == [2, 2]
    assert sum(left()) == 2 * 5 + 6 - 4


def test_two_workers_at_once_settle_no_app_of_which_something_is_left(app, end, user, now, monkeypatch):
    monkeypatch.setattr(ended_apps, "BATCH", 2)
    put_rows("workloads_logline", user.reference, now, 9, app=app)
    end()
    real, slowed = db.select_value, []

    def slow(sql, parameters=()):
        found = real(sql, parameters)
        if parameters and parameters[0] == "workloads_logline" and not slowed:
            slowed.append(True)
            time.sleep(1)
        return found

    monkeypatch.setattr(db, "select_value", slow)

    def work():
        try:
            return erase(app, now + HOUR)
        finally:
            connections["worker"].close()

    with ThreadPoolExecutor() as workers:
        ended = [each.result() for each in (workers.submit(work), workers.submit(work))]
    assert sorted(ended) in ([False, True], [False, False])
    assert left() == [1] * 5


def test_apps_of_which_a_part_is_on_hold_keep_no_other_waiting(app, end, hold, user, make_user, now, monkeypatch):
    monkeypatch.setattr(ended_apps, "APPS", 1)
    other = make_user("tariq").reference
    theirs = put_row("workloads_app", other, now)
    end()
    with db.use_role("ingest"):
        services.end_app(theirs, subject=other, actor=ACTOR, now=now)
    with db.use_role("worker"):
        for _ in range(40):
            services.sweep_ended_apps(now=now + HOUR)
        assert set(TerminatedApp.objects.exclude(settled_at=None).values_list("app", flat=True)) == {theirs}
