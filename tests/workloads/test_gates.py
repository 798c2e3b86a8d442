"""Row-level security of every gated table: who sees a row, and who does not."""

import pytest
from django.db import DatabaseError

from accounts.connections import schema as connections_schema
from accounts.workloads import schema as workloads_schema
from audit import sides
from tests.platform_rows import SHAPES, put_row
from tests.tickets import step_entry

TABLES = [*workloads_schema.GATED, *connections_schema.GATED]


def run(statement):
    with sides.atomic(), sides.connection().cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone() if statement.startswith("SELECT") else None


def count(table):
    return run(f"SELECT count(*) FROM {table}")[0]


@pytest.fixture
def two(make_user, now):
    layla, omar = make_user("layla"), make_user("omar")
    for table in TABLES:
        put_row(table, layla.reference, now)
        put_row(table, omar.reference, now)
    return layla, omar


def test_every_gated_table_is_tried_here():
    assert set(SHAPES) == set(TABLES)


def test_own_pages_see_own_rows_only(two):
    for table in TABLES:
        assert count(table) == 0
        with sides.as_subject(two[0].reference):
            assert count(table) == 1


def test_staff_see_no_row_whatever_they_set(two):
    with sides.acting("staff"):
        for table in TABLES:
            assert count(table) == 0
            with sides.as_subject(two[0].reference):
                assert count(table) == 0


def test_ingest_adds_and_never_reads_changes_or_deletes(two):
    with sides.acting("ingest"):
        for table in TABLES:
            for statement in (
                f"SELECT count(*) FROM {table}",
                f"UPDATE {table} SET occurred_at = now()",
                f"DELETE FROM {table}",
            ):
                with pytest.raises(DatabaseError, match="permission denied"):
                    run(statement)


@pytest.mark.parametrize("side", ["sequencer", "auditor"])
def test_other_sides_have_no_business_here(two, side):
    with sides.acting(side):
        for table in TABLES:
            with pytest.raises(DatabaseError, match="permission denied"):
                count(table)


def test_the_worker_sees_a_subject_under_a_committed_step_entry_only(two, now):
    layla, omar = two
    entry = step_entry(layla.reference, now)
    with sides.acting("worker"):
        for table in TABLES:
            assert count(table) == 0
            with sides.as_subject(layla.reference):
                assert count(table) == 0
            with sides.under_ticket(layla.reference, entry):
                assert count(table) == 1
            with sides.under_ticket(omar.reference, entry):
                assert count(table) == 0


def test_an_entry_of_another_kind_is_no_ticket(two, now):
    from audit.actors import machine
    from audit.registry import EventType, _events, register
    from audit.services import append

    event = _events.get("audit.test.looked") or register(
        EventType("audit.test.looked", 1, "{actor} looked", opens=True)
    )
    try:
        with sides.acting("worker"):
            with sides.atomic():
                entry = append(event, actor=machine("test"), subject=two[0].reference, now=now)
            with sides.under_ticket(two[0].reference, entry):
                assert count("workloads_logline") == 0
    finally:
        _events.pop("audit.test.looked", None)


def test_no_running_role_keeps_the_sums_by_hand(two):
    for side in ("default", "staff", "worker", "ingest"):
        with sides.acting(side), pytest.raises(DatabaseError, match="permission denied"):
            run("UPDATE workloads_dailytotal SET records = 0")
