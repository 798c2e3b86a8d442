"""Row-level security of every restricted table: who sees a row, and who does not."""

import pytest
from django.db import DatabaseError

from accounts.connections import schema_sql as connections_schema
from accounts.workloads import schema_sql as workloads_schema
from core import db
from tests.authorisations import step_entry
from tests.platform_rows import SHAPES, put_row

TABLES = [*workloads_schema.RESTRICTED, *connections_schema.RESTRICTED, "connections_transfer", "workloads_webvisit"]


def run(statement):
    with db.atomic(), db.connection().cursor() as cursor:
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


def test_every_restricted_table_is_tried_here():
    assert set(SHAPES) == set(TABLES)


def test_own_pages_see_own_rows_only(two):
    for table in TABLES:
        assert count(table) == 0
        with db.row_security_for(two[0].reference):
            assert count(table) == 1


def test_staff_see_no_row_whatever_they_set(two):
    with db.use_role("staff"):
        for table in TABLES:
            assert count(table) == 0
            with db.row_security_for(two[0].reference):
                assert count(table) == 0


def test_ingest_adds_and_never_reads_changes_or_deletes(two):
    with db.use_role("ingest"):
        for table in TABLES:
            for statement in (
                f"SELECT count(*) FROM {table}",
                f"UPDATE {table} SET occurred_at = now()",
                f"DELETE FROM {table}",
            ):
                with pytest.raises(DatabaseError, match="permission denied"):
                    run(statement)


@pytest.mark.parametrize("role", ["sequencer", "auditor"])
def test_other_roles_have_no_business_here(two, role):
    with db.use_role(role):
        for table in TABLES:
            with pytest.raises(DatabaseError, match="permission denied"):
                count(table)


def test_the_worker_sees_a_subject_under_a_committed_step_entry_only(two, now):
    layla, omar = two
    entry = step_entry(layla.reference, now)
    with db.use_role("worker"):
        for table in TABLES:
            assert count(table) == 0
            with db.row_security_for(layla.reference):
                assert count(table) == 0
            with db.authorised_by(layla.reference, entry):
                assert count(table) == 1
            with db.authorised_by(omar.reference, entry):
                assert count(table) == 0


def test_an_entry_of_another_kind_authorises_nothing(two, now):
    from audit.log.actors import machine
    from audit.log.append import append
    from audit.log.event_types import EventType, _events

    event = _events.get("audit.test.read") or _events.register(
        EventType("audit.test.read", "{actor} read", authorises_decryption=True)
    )
    try:
        with db.use_role("worker"):
            with db.atomic():
                entry = append(event, actor=machine("test"), subject=two[0].reference, now=now)
            with db.authorised_by(two[0].reference, entry):
                assert count("workloads_logline") == 0
    finally:
        _events.pop("audit.test.read", None)


def test_no_role_keeps_the_sums_by_hand(two):
    for role in ("default", "staff", "worker", "ingest"):
        with db.use_role(role), pytest.raises(DatabaseError, match="permission denied"):
            run("UPDATE workloads_dailytotal SET records = 0")
