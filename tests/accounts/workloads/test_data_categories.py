"""The nine data categories of the streams: counted from the totals, exported under an entry, whole and in order."""

from datetime import timedelta

import pytest

from accounts.personaldata.categories import data_categories
from core import db
from core.errors import NotAuthorisedError
from tests.authorisations import step_entry
from tests.platform_rows import SHAPES, put_row, put_rows

CATEGORY_OF = {
    "workloads_app": "apps",
    "workloads_usagerecord": "usage",
    "workloads_metric": "metrics",
    "workloads_command": "commands",
    "workloads_logline": "logs",
    "workloads_webvisit": "weblog",
    "connections_automation": "automations",
    "connections_run": "runs",
    "connections_transfer": "transfers",
}


def category(name):
    return next(found for found in data_categories() if found.name == name)


@pytest.mark.parametrize(("table", "name"), CATEGORY_OF.items())
def test_export_holds_every_declared_field_and_no_other(user, make_user, now, table, name):
    item = put_row(table, user.reference, now)
    put_row(table, make_user("omar").reference, now)
    entry = step_entry(user.reference, now)
    with db.use_role("worker"):
        assert category(name).count(user.reference) == 1
        (record,) = category(name).export(user.reference, entry)
    assert set(record) == set(category(name).fields)
    assert record["id"] == str(item)
    assert record["occurred_at"] == "2026-11-23T09:30:00.000000Z"
    for key, value in (SHAPES[table][1] or {}).items():
        assert record[key] == value


@pytest.mark.parametrize("role", ["default", "worker"])
def test_counts_are_the_same_for_every_role_that_shows_them(user, now, role):
    put_rows("workloads_logline", user.reference, now, 3)
    with db.use_role(role):
        assert category("logs").count(user.reference) == 3
        assert category("logs").count("f" * 32) == 0


def test_export_reads_page_by_page_and_leaves_no_transaction_open(user, now):
    from django.db import connections

    from accounts.personaldata.restricted_records import export_records
    from accounts.workloads.data_categories import LOGS

    ids = [str(put_row("workloads_logline", user.reference, now + timedelta(seconds=n // 3))) for n in range(7)]
    entry = step_entry(user.reference, now)
    with db.use_role("worker"):
        stream = export_records(LOGS.export.args[0], user.reference, entry, page=2)
        seen = []
        for record in stream:
            assert not connections["worker"].in_atomic_block
            seen.append(record)
    assert sorted(record["id"] for record in seen) == sorted(ids)
    assert [record["occurred_at"] for record in seen] == sorted(record["occurred_at"] for record in seen)


def test_export_without_an_entry_is_refused(user, now):
    import uuid

    put_row("workloads_logline", user.reference, now)
    with db.use_role("worker"), pytest.raises(NotAuthorisedError):
        list(category("logs").export(user.reference, uuid.uuid4()))


def test_an_entry_about_somebody_else_is_refused(user, make_user, now):
    put_row("workloads_logline", user.reference, now)
    entry = step_entry(make_user("omar").reference, now)
    with db.use_role("worker"), pytest.raises(NotAuthorisedError):
        list(category("logs").export(user.reference, entry))


@pytest.mark.parametrize("name", CATEGORY_OF.values())
def test_each_category_says_its_article_15_facts(name):
    found = category(name)
    assert found.restricted
    for text in (found.title, found.policy_section, found.legal_basis, found.source, found.retention):
        assert str(text)
    assert found.purposes
    assert found.processors
