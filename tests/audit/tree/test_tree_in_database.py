"""The tree in the database: sequencing, verifying, and what the triggers refuse."""

import os
import threading
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.core.management import call_command
from django.db import DatabaseError, connections

from audit.errors import TamperedError
from audit.log import event_types
from audit.log.actors import machine
from audit.log.append import append
from audit.log.event_types import EventType
from audit.log.heartbeat import write_heartbeat
from audit.log.partitions import ensure_partitions
from audit.publishing.metrics import oldest_pending_seconds
from audit.sequencer.sequence import sequence, take_batch
from audit.verification.verify import verify
from core import db

COUNTED = EventType("audit.test.counted", "counted {number}", {"number": int, "case": str})


@pytest.fixture(autouse=True)
def _own_checkpoint_dir(settings, tmp_path, monkeypatch):
    settings.AUDIT_CHECKPOINT_DIR = str(tmp_path / "checkpoints")
    monkeypatch.setitem(event_types._events, COUNTED.name, COUNTED)


def add(count, now, role="worker"):
    with db.use_role(role), db.atomic():
        return [
            append(COUNTED, actor=machine("t"), subject=None, now=now, payload={"number": n, "case": "RR-1"})
            for n in range(count)
        ]


def run_sequence(now):
    with db.use_role("sequencer"):
        return sequence(now)


def run_verify():
    with db.use_role("auditor"):
        return verify()


def as_owner(*statements):
    with connections["owner"].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def test_entries_become_a_signed_tree_that_verifies(office, now, capsys):
    add(600, now)
    taken, checkpoint = run_sequence(now)
    assert (taken, checkpoint.size) == (600, 600)
    add(3, now)
    run_sequence(now)
    found = run_verify()
    assert (found.entries, found.pending, found.checkpoints) == (603, 0, 2)
    call_command("audit_verify")
    assert "603 entries agree" in capsys.readouterr().out


def test_an_empty_log_verifies(office, now):
    assert run_sequence(now) == (0, None)
    assert run_verify().entries == 0


def test_an_entry_that_commits_late_is_taken_later(office, now):
    late = psycopg.connect(**connections["worker"].get_connection_params())
    with db.use_role("worker"), db.atomic():
        first = append(COUNTED, actor=machine("t"), subject=None, now=now, payload={"number": 0, "case": None})
        # Another connection's later entry commits first.
        late.close()
        thread = threading.Thread(target=lambda: (add(1, now), connections.close_all()))
        thread.start()
        thread.join()
        assert run_sequence(now)[0] == 1
    assert run_sequence(now)[0] == 1
    assert run_verify().entries == 2
    assert first


def test_two_sequencers_have_one_effect(office, now):
    add(2000, now)
    results = []

    def work():
        with db.use_role("sequencer"):
            results.append(take_batch()[0])
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [0, 2000]
    run_sequence(now)
    assert run_verify().entries == 2000


def test_heartbeat_and_partitions(office, now):
    with db.use_role("sequencer"):
        write_heartbeat(now)
        ensure_partitions(now)
        assert oldest_pending_seconds(now) == 0.0
    assert run_verify().pending == 1


@pytest.mark.tampering
@pytest.mark.parametrize(
    ("table", "change", "location"),
    [
        (
            "audit_entry",
            "UPDATE audit_entry SET leaf = overlay(leaf placing 'x'::bytea from 20) WHERE id = '{id}'",
            "entry {id}",
        ),
        ("audit_entry", "UPDATE audit_entry SET actor = 'staff:nobody' WHERE id = '{id}'", "entry {id}"),
        ("audit_entry", "UPDATE audit_entry SET time = time + interval '1 us' WHERE id = '{id}'", "entry {id}"),
        ("audit_entry", "UPDATE audit_entry SET case_ref = 'RR-2' WHERE id = '{id}'", "entry {id}"),
        ("audit_entry", "UPDATE audit_entry SET outcome = 'refused' WHERE id = '{id}'", "entry {id}"),
        ("audit_entry", "DELETE FROM audit_entry WHERE id = '{id}'", "entry {id}"),
        ("audit_leaf", "UPDATE audit_leaf SET hash = sha256('x') WHERE entry = '{id}'", "entry {id}"),
        ("audit_leaf", "DELETE FROM audit_leaf WHERE entry = '{id}'", "leaf 7:"),
        (
            "audit_tile",
            "UPDATE audit_tile SET hashes = set_byte(hashes, 40, 255 - get_byte(hashes, 40)) WHERE level = 0",
            "tile tile/0/000",
        ),
        ("audit_checkpoint", "UPDATE audit_checkpoint SET note = replace(note, 'omega', 'omeqa')", "checkpoint 300"),
        ("audit_checkpoint", "UPDATE audit_checkpoint SET root = sha256('x')", "checkpoint 300"),
        ("audit_checkpoint", "DELETE FROM audit_checkpoint", "checkpoint 300"),
        ("audit_head", "UPDATE audit_head SET size = 299", "table audit_head"),
    ],
)
def test_one_change_past_the_triggers_is_found_and_named(office, now, table, change, location):
    entries = add(300, now)
    run_sequence(now)
    with db.use_role("auditor"), db.connection().cursor() as cursor:
        cursor.execute("SELECT entry FROM audit_leaf WHERE index = 7")
        victim = cursor.fetchone()[0]
    assert victim in entries
    parts = "audit_entry_202611" if table == "audit_entry" else table
    as_owner(f"ALTER TABLE {table} DISABLE TRIGGER USER", change.format(id=victim))
    with pytest.raises(TamperedError, match="the schema"):
        run_verify()
    as_owner(
        *[
            f"ALTER TABLE {each} ENABLE ALWAYS TRIGGER {trigger.name}"
            for trigger in declared_triggers(table)
            for each in {trigger.table, parts}
        ],
        *partition_triggers(table),
    )
    with pytest.raises(TamperedError) as caught:
        run_verify()
    assert str(caught.value).startswith(location.format(id=victim))
    with pytest.raises(SystemExit) as code:
        call_command("audit_verify")
    assert code.value.code == 1


def declared_triggers(table):
    from audit.log.schema_sql import TRIGGERS

    return [trigger for trigger in TRIGGERS if trigger.table == table]


def partition_triggers(table):
    if table != "audit_entry":
        return []
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'audit_entry'::regclass")
        parts = [row[0] for row in cursor.fetchall()]
    return [
        f"ALTER TABLE {part} ENABLE ALWAYS TRIGGER {trigger.name}"
        for part in parts
        for trigger in declared_triggers(table)
    ]


REFUSED = r"refused|permission denied|only grows|must be owner"
RUNNING = ["default", "staff", "worker", "ingest", "sequencer", "auditor", "owner"]
LOG_TABLES = ["audit_entry", "audit_entry_202611", "audit_entry_rest", "audit_leaf", "audit_tile", "audit_checkpoint"]


@pytest.mark.parametrize("alias", RUNNING)
def test_the_database_refuses_every_change_of_the_log(office, now, alias):
    add(3, now)
    run_sequence(now)
    columns = {
        "audit_leaf": "index = index + 1",
        "audit_tile": "width = 1, hashes = sha256('x')",
        "audit_checkpoint": "size = 9",
    }
    for table in LOG_TABLES:
        for statement in (
            f"UPDATE {table} SET {columns.get(table, 'event = event')}",
            f"DELETE FROM {table}",
            f"TRUNCATE {table}",
        ):
            if "rest" in table and not statement.startswith("TRUNCATE"):
                continue  # no row in it that a row trigger could refuse
            with pytest.raises(DatabaseError, match=REFUSED), connections[alias].cursor() as cursor:
                cursor.execute(statement)
    assert run_verify().entries == 3


def test_replica_mode_does_not_switch_the_triggers_off(office, now):
    """`session_replication_role = replica` takes a superuser, and skips triggers that are not ENABLE ALWAYS."""
    add(3, now)
    run_sequence(now)
    admin = urlsplit(os.environ["OFFICE_TEST_ADMIN_URL"])
    name = connections["owner"].settings_dict["NAME"]
    with psycopg.connect(urlunsplit(admin._replace(path=f"/{name}")), autocommit=True) as superuser:
        superuser.execute("SET session_replication_role = replica")
        for table in LOG_TABLES:
            with pytest.raises(psycopg.DatabaseError, match="refused"):
                superuser.execute(f"TRUNCATE {table}")
        with pytest.raises(psycopg.DatabaseError, match="refused"):
            superuser.execute("UPDATE audit_entry SET event = event")
        with pytest.raises(psycopg.DatabaseError, match="refused"):
            superuser.execute("DELETE FROM audit_entry_202611")
    assert run_verify().entries == 3


@pytest.mark.tampering
@pytest.mark.parametrize(
    ("ddl", "sentence"),
    [
        ("ALTER TABLE audit_entry DISABLE TRIGGER audit_no_change", "audit_no_change"),
        ("DROP TRIGGER audit_no_truncate ON audit_entry_rest", "audit_no_truncate on audit_entry_rest is missing"),
        ("ALTER TABLE audit_entry DISABLE ROW LEVEL SECURITY", "row-level security is off"),
        ("DROP POLICY audit_entry_own ON audit_entry", "policy audit_entry_own on audit_entry is missing"),
        ("GRANT UPDATE ON audit_entry TO office_staff", "UPDATE on audit_entry was given to office_staff"),
        ("GRANT DELETE ON audit_leaf TO office_worker", "DELETE on audit_leaf was given to office_worker"),
        ("ALTER FUNCTION audit_queue() RESET search_path", "function audit_queue"),
        ("ALTER POLICY audit_entry_own ON audit_entry TO office_self, office_ingest", "policy audit_entry_own"),
        (
            """DROP TRIGGER audit_no_change ON audit_leaf;
               CREATE TRIGGER audit_no_change BEFORE DELETE ON audit_leaf FOR EACH ROW EXECUTE FUNCTION audit_refuse();
               ALTER TABLE audit_leaf ENABLE ALWAYS TRIGGER audit_no_change""",
            "trigger audit_no_change on audit_leaf",
        ),
        ("ALTER TABLE workloads_logline DISABLE ROW LEVEL SECURITY", "row-level security is off on workloads_logline"),
        (
            "CREATE POLICY open ON workloads_command FOR SELECT TO office_staff USING (true)",
            "policy open on workloads_command was added",
        ),
        (
            """DROP POLICY workloads_logline_staff ON workloads_logline;
               CREATE POLICY workloads_logline_staff ON workloads_logline FOR SELECT TO office_staff USING (true)""",
            "policy workloads_logline_staff",
        ),
        ("DROP POLICY humanaccess_ask_own ON humanaccess_ask", "policy humanaccess_ask_own"),
        ("CREATE POLICY more ON audit_entry FOR SELECT USING (true)", "policy more on audit_entry was added"),
        (
            "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
            "function audit_refuse",
        ),
    ],
)
def test_what_an_owner_changes_in_the_schema_is_seen(office, now, ddl, sentence):
    as_owner(ddl)
    with pytest.raises(TamperedError, match=sentence):
        run_verify()


@pytest.mark.tampering
def test_a_database_that_is_behind_what_was_published_is_refused(office, now, settings):
    add(5, now)
    run_sequence(now)
    from audit.publishing import destinations
    from audit.tree import checkpoints

    destinations.configured()[0].put(9, checkpoints.signed(9, b"r" * 32), now)
    with pytest.raises(TamperedError, match="entries were taken away"):
        run_verify()


def test_without_any_public_key_it_says_that_it_cannot_check(office, now, settings, capsys):
    add(1, now)
    run_sequence(now)
    settings.OFFICE_LOG_KEY = ""
    with pytest.raises(SystemExit) as code:
        call_command("audit_verify")
    assert code.value.code == 2
    assert "set OFFICE_LOG_VERIFIERS" in capsys.readouterr().err
