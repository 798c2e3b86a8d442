"""Records past the rule of their stream go each night, and no younger ones: the database itself holds the rule."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError
from django.utils import timezone

from accounts.identity.roles import Role
from accounts.personaldata import categories, retention
from accounts.personaldata.categories import data_categories
from accounts.personaldata.retention import count_past_rule, sweep_retention
from accounts.personaldata.stream_format import streams
from accounts.workloads.models import WorkloadsDailyTotal
from audit.log.models import Entry
from core import db
from core.promises import PromiseState, measure, promises
from rights.services import place_hold
from tests.platform_rows import put_row, put_rows

KEPT = {"usage": 730, "metrics": 90, "commands": 365, "logs": 90, "weblog": 30, "runs": 180, "transfers": 730}


@pytest.fixture
def now():
    """The time now: the database compares with its own clock."""
    return timezone.now()


def sweep(now):
    with db.use_role("worker"):
        return sweep_retention(now=now)


def left(table, reference):
    app = table.partition("_")[0]
    with db.use_role("worker"):
        return db.select_value(f"SELECT {app}_left(%s, %s)", [table, reference])


def midnight(now, days):
    """Return the beginning, in UTC, of the day so many days ago."""
    return datetime.combine(now.astimezone(UTC).date() - timedelta(days=days), datetime.min.time(), UTC)


def expired_entries():
    with db.use_role("auditor"):
        return Entry.objects.filter(event__endswith=".records.expired").count()


def test_the_declared_rules_are_those_that_people_read():
    assert {stream.name: stream.keep_days for stream in streams().values() if stream.keep_days} == KEPT
    texts = {category.name: str(category.retention) for category in data_categories() if category.remove_expired}
    assert set(texts) == {*KEPT, "workloads.ended_apps", "connections.ended_automations", "identity.tokens"}
    assert all(str(KEPT[name]) in texts[name] for name in KEPT)


@pytest.mark.parametrize("name", KEPT)
def test_a_record_goes_the_day_after_its_last_and_not_before(user, now, name):
    table = streams()[name].table
    past, kept = midnight(now, KEPT[name] + 1), midnight(now, KEPT[name])
    put_row(table, user.reference, past)
    put_row(table, user.reference, kept - timedelta(seconds=1))
    put_row(table, user.reference, kept)
    assert sweep(now)[name] == 2
    assert left(table, user.reference) == 1
    assert sweep(now)[name] == 0
    assert expired_entries() == 1


def test_sums_go_with_their_records_and_others_keep_theirs(user, make_user, now):
    other = make_user("omar")
    put_rows("workloads_metric", user.reference, now - timedelta(days=200), 7)
    put_rows("workloads_metric", other.reference, now - timedelta(days=2), 3)
    assert sweep(now)["metrics"] == 7
    with db.use_role("worker"):
        assert not WorkloadsDailyTotal.objects.filter(subject=user.reference).exists()
    assert left("workloads_metric", other.reference) == 3


def test_many_go_in_batches_each_with_its_entry(user, make_user, now, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 4)
    monkeypatch.setattr(retention, "PAGE", 2)
    people = [user, *(make_user(name) for name in ("omar", "nadia", "rana"))]
    for number, person in enumerate(people):
        put_rows("workloads_usagerecord", person.reference, now - timedelta(days=800 + number), 3)
    assert sweep(now)["usage"] == 12
    assert expired_entries() == 3
    assert not any(left("workloads_usagerecord", person.reference) for person in people)


def test_a_sweep_that_is_killed_goes_on_where_it_was(user, now, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 2)
    put_rows("workloads_usagerecord", user.reference, now - timedelta(days=800), 5)
    append, calls = retention.append, []

    def die_second(*args, **kwargs):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return append(*args, **kwargs)

    with monkeypatch.context() as killed:
        killed.setattr(retention, "append", die_second)
        with pytest.raises(KeyboardInterrupt):
            sweep(now)
    assert left("workloads_usagerecord", user.reference) == 3
    assert sweep(now)["usage"] == 3
    assert expired_entries() == 3


def test_one_category_that_fails_does_not_stop_the_others(user, now, monkeypatch):
    put_row("workloads_usagerecord", user.reference, now - timedelta(days=800))
    put_row("connections_run", user.reference, now - timedelta(days=300))
    runs = categories._categories["runs"]

    def fail(**_facts):
        raise RuntimeError("layla@example.org")

    with monkeypatch.context() as broken:
        broken.setitem(categories._categories, "runs", replace(runs, remove_expired=fail))
        with pytest.raises(CommandError, match=r"Not swept: runs\.") as failed:
            call_command("sweep")
    assert failed.value.returncode == 1
    assert "layla" not in str(failed.value)
    assert left("workloads_usagerecord", user.reference) == 0
    assert left("connections_run", user.reference) == 1


@pytest.mark.parametrize(
    ("table", "error"), [("workloads_logline", "are kept for 90 days"), ("workloads_app", "no table whose rows expire")]
)
def test_the_database_removes_nothing_that_its_rule_keeps(user, now, table, error):
    put_row(table, user.reference, now - timedelta(days=90))
    day = now.astimezone(UTC).date() - timedelta(days=90)
    with db.use_role("worker"), pytest.raises(DatabaseError, match=error):
        db.select_value("SELECT workloads_expire(%s, %s, %s, 9)", [table, user.reference, day])
    assert left(table, user.reference) == 1


def test_the_command_counts_first_and_then_removes(user, now, capsys):
    put_rows("workloads_logline", user.reference, now - timedelta(days=100), 3)
    call_command("sweep", dry_run=True)
    assert "logs: 3 past their rule\n" in capsys.readouterr().out
    assert left("workloads_logline", user.reference) == 3
    call_command("sweep")
    assert "logs: 3 past their rule, 3 removed\n" in capsys.readouterr().out
    with db.use_role("worker"):
        assert set(count_past_rule(now=now).values()) == {(0, 0)}


def test_what_a_night_left_breaks_the_promise(user, now):
    (promise,) = (each for each in promises() if each.id == "P16")
    put_row("workloads_metric", user.reference, midnight(now, 91))
    assert measure(promise, now).state is PromiseState.KEPT  # past its rule since midnight: this night's sweep comes
    put_row("workloads_metric", user.reference, midnight(now, 92))
    found = measure(promise, now)
    assert (found.state, found.figures["past"], found.note) == (PromiseState.BROKEN, 1, "Past their rule: metrics")
    sweep(now)
    assert measure(promise, now).state is PromiseState.KEPT


def test_a_stream_without_a_rule_is_never_swept(now):
    assert {name for name, stream in streams().items() if stream.keep_days is None} == {"apps", "automations"}
    with pytest.raises(ValueError, match="no end"):
        retention.last_expired_day(streams()["apps"], now)
    assert retention.last_expired_day(streams()["logs"], datetime(2026, 11, 29, 0, 30, tzinfo=UTC)) == date(2026, 8, 30)


def test_a_hold_that_is_imposed_during_the_sweep_keeps_what_is_left(user, make_staff, now, monkeypatch):
    counsel = make_staff("lena", Role.LEGAL_COUNSEL)
    for days in (95, 96, 97, 98):
        put_row("workloads_logline", user.reference, now - timedelta(days=days))
    monkeypatch.setattr(retention, "BATCH", 1)
    real, batches = retention.lock_holds, []

    def impose():
        batches.append(1)
        if len(batches) == 3:
            facts = {"authority": "A court", "reason": "Preserve the logs until it is decided."}
            with db.use_role("staff"):
                ends_on = now.date() + timedelta(days=9)
                place_hold(user.reference, category="logs", ends_on=ends_on, actor=counsel, now=now, **facts)
        real()

    monkeypatch.setattr(retention, "lock_holds", impose)
    assert sweep(now)["logs"] + left("workloads_logline", user.reference) == 4
    assert left("workloads_logline", user.reference) > 0
