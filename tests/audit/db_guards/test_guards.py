"""The declared schema against the catalogue: what an owner changes is detected, logged and refused before a repair."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connections

from audit import db_guards
from audit.log import schema_sql
from audit.log.actors import machine
from audit.log.append import append
from audit.log.events import HEARTBEAT_WRITTEN
from audit.log.models import Entry
from audit.log.partitions import ensure_partitions
from audit.sequencer.sequence import sequence
from audit.verification.verify import verify
from core import db
from core.db_objects import create
from omegaoffice.db import compare

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def _own_checkpoint_dir(settings, tmp_path):
    settings.AUDIT_CHECKPOINT_DIR = str(tmp_path / "checkpoints")


def as_owner(*statements, alias="owner"):
    with connections[alias].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def logged():
    with db.use_role("auditor"):
        return Entry.objects.filter(event="audit.guards.differed").count()


CHANGES = [
    ("owner", "ALTER TABLE audit_entry DISABLE TRIGGER audit_no_change", "audit_no_change"),
    ("owner", "DROP TRIGGER audit_no_truncate ON audit_entry_rest", "audit_entry_rest is missing"),
    ("owner", "ALTER TABLE audit_entry_rest DISABLE ROW LEVEL SECURITY", "is off on audit_entry_rest"),
    ("owner", "GRANT SELECT ON audit_entry_rest TO office_staff", "SELECT on audit_entry_rest was given"),
    ("owner", "GRANT SELECT ON workloads_logline TO office_auditor", "SELECT on workloads_logline was given"),
    ("owner", "GRANT SELECT ON identity_user TO PUBLIC", "SELECT on identity_user was given to PUBLIC"),
    (
        "owner",
        "GRANT UPDATE (password) ON identity_user TO office_ingest",
        "UPDATE on identity_user.password was given to office_ingest",
    ),
    ("owner", "REVOKE INSERT ON audit_entry FROM office_staff", "INSERT on audit_entry was taken from office_staff"),
    (
        "owner",
        "GRANT EXECUTE ON FUNCTION humanaccess_open_item(text) TO office_worker",
        "calling humanaccess_open_item was given to office_worker",
    ),
    (
        "owner",
        """CREATE OR REPLACE FUNCTION humanaccess_open_item(wanted text) RETURNS uuid LANGUAGE plpgsql STABLE
           SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
           BEGIN RETURN current_setting('office.item')::uuid; END $$""",
        "function humanaccess_open_item is not as declared",
    ),
    ("owner", "ALTER TABLE humanaccess_ask DISABLE TRIGGER humanaccess_keep", "humanaccess_keep on humanaccess_ask"),
    ("owner", "CREATE POLICY open ON workloads_command FOR SELECT TO office_staff USING (true)", "open on workloads"),
    ("owner", "DROP POLICY workloads_logline_staff ON workloads_logline", "workloads_logline_staff on"),
    (
        "owner",
        """ALTER POLICY workloads_logline_own ON workloads_logline
           USING (subject = nullif(current_setting('office.subject', true), '') OR true)""",
        "policy workloads_logline_own on workloads_logline is not as declared",
    ),
    ("owner", "ALTER TABLE rights_note DISABLE ROW LEVEL SECURITY", "is off on rights_note"),
    (
        "owner",
        """CREATE FUNCTION peep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
           CREATE TRIGGER peep BEFORE INSERT ON audit_entry FOR EACH ROW EXECUTE FUNCTION peep()""",
        "trigger peep on audit_entry was added",
    ),
    (
        "owner",
        "CREATE RULE lose AS ON INSERT TO rights_note DO INSTEAD NOTHING",
        "rule lose on rights_note was added",
    ),
    ("owner", "ALTER TABLE audit_entry DISABLE TRIGGER audit_stamped", "trigger audit_stamped on audit_entry"),
    ("owner", "DROP TRIGGER audit_ended ON audit_readertoken", "trigger audit_ended on audit_readertoken is missing"),
    (
        "owner",
        """DO $$ BEGIN EXECUTE format('ALTER ROLE office_worker IN DATABASE %I SET default_transaction_read_only = on',
           current_database()); END $$""",
        "default_transaction_read_only was set for office_worker in this database",
    ),
    (
        "vault_owner",
        """DO $$ BEGIN EXECUTE format('ALTER ROLE office_vault IN DATABASE %I SET search_path = pg_temp',
           current_database()); END $$""",
        "vault: search_path was set for office_vault in this database",
    ),
    ("vault_owner", "ALTER TABLE vault_subject_key DISABLE TRIGGER vault_keep", "vault: trigger vault_keep"),
    ("vault_owner", "GRANT DELETE ON vault_subject_key TO office_vault", "vault: DELETE on vault_subject_key"),
    (
        "vault_owner",
        "CREATE OR REPLACE FUNCTION vault_keep_tombstone() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "vault: function vault_keep_tombstone",
    ),
]


@pytest.mark.tampering
@pytest.mark.parametrize(("alias", "change", "sentence"), CHANGES)
def test_a_change_is_named_logged_refused_and_put_back_when_told(office, now, capsys, alias, change, sentence):
    as_owner(change, alias=alias)
    with pytest.raises(compare.SchemaDiffersError, match=sentence):
        compare.refuse_changed_schema("worker", by="test", now=now)
    assert (before := logged()) > 0
    with pytest.raises(SystemExit) as code:
        call_command("audit_guards")
    assert code.value.code == 1
    assert sentence in capsys.readouterr().out
    assert logged() == before

    call_command("audit_guards", restore=True)
    assert "The database schema is as declared." in capsys.readouterr().out
    assert logged() > before
    compare.refuse_changed_schema("worker", by="test", now=now)
    with db.use_role("auditor"):
        assert verify().pending == logged()


@pytest.mark.tampering
def test_where_the_log_cannot_say_so_it_is_refused_all_the_same(office, now):
    as_owner("REVOKE INSERT ON audit_entry FROM office_worker")
    with pytest.raises(compare.SchemaDiffersError, match="was taken from office_worker"):
        compare.refuse_changed_schema("worker", by="test", now=now)


def test_agreement_is_reported_and_nothing_is_logged(office, capsys):
    call_command("audit_guards")
    assert "The database schema is as declared." in capsys.readouterr().out
    assert logged() == 0


@pytest.mark.tampering
def test_a_function_that_runs_as_its_owner_is_seen_and_left_for_somebody_to_look_at(office, capsys):
    as_owner("CREATE FUNCTION back_door() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'")
    with pytest.raises(SystemExit):
        call_command("audit_guards", restore=True)
    assert "function back_door was added and runs as its owner" in capsys.readouterr().out


@pytest.mark.tampering
def test_a_function_does_not_hide_behind_a_declared_one_of_its_name(office, capsys):
    as_owner(
        "CREATE FUNCTION audit_ticket_age(ticket text) RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
        "REVOKE ALL ON FUNCTION audit_ticket_age(text) FROM PUBLIC",
        # Put back to the letter: its row in the catalogue is the last one again.
        create(schema_sql.FUNCTIONS, "audit_ticket_age").partition("REVOKE")[0],
    )
    with pytest.raises(SystemExit):
        call_command("audit_guards")
    assert "function audit_ticket_age is not as declared" in capsys.readouterr().out


@pytest.mark.tampering
def test_migrate_refuses_before_it_puts_anything_back(office):
    as_owner("GRANT DELETE ON audit_leaf TO office_worker")
    with pytest.raises(CommandError, match="DELETE on audit_leaf was given to office_worker"):
        call_command("migrate", verbosity=0, interactive=False)
    assert logged() == 1
    assert "DELETE on audit_leaf was given to office_worker" in compare.find_differences("auditor")


@pytest.mark.tampering
def test_giving_rights_again_is_logged_first(office):
    as_owner("GRANT DELETE ON audit_leaf TO office_worker")
    call_command("db_roles", apply=True, verbosity=0)
    assert logged() == 1
    assert compare.find_differences("auditor") == []


def test_another_version_may_declare_another_schema(office, now, monkeypatch):
    monkeypatch.setattr(db_guards, "fingerprint", lambda: "of another version")
    as_owner("GRANT DELETE ON audit_leaf TO office_worker")
    compare.refuse_before_putting_back(now=now)


@pytest.mark.tampering
def test_check_names_the_difference_for_a_database_that_is_named(office):
    assert [m for m in run_checks(databases=["auditor"]) if m.id.startswith("omegaoffice.")] == []
    as_owner("GRANT DELETE ON audit_leaf TO office_worker")
    assert [m for m in run_checks() if m.id == "omegaoffice.E002"] == []
    (error,) = [m for m in run_checks(databases=["auditor"]) if m.id == "omegaoffice.E002"]
    assert "DELETE on audit_leaf was given to office_worker" in error.msg


@pytest.mark.tampering
@pytest.mark.parametrize(
    "command",
    [
        ["-c", "import omegaoffice.wsgi"],
        ["-m", "celery", "-A", "omegaoffice.celery", "worker", "--pool", "solo", "--loglevel", "error"],
    ],
    ids=["web", "worker"],
)
def test_web_and_worker_end_at_once_where_the_schema_differs(office, command):
    as_owner("GRANT DELETE ON audit_leaf TO office_worker")
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=os.environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 3, done.stderr
    assert "DELETE on audit_leaf was given to office_worker" in done.stderr
    assert "Traceback" not in done.stderr
    assert logged() == 1


def test_partitions_of_the_sequencer_are_guarded_and_take_the_rows_of_their_month(office):
    """Made by the sequencer's own role, across a year's end and two month's ends."""
    december = datetime(2027, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
    with db.use_role("sequencer"):
        ensure_partitions(december)
    assert compare.find_differences("auditor") == []
    with connections["auditor"].cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
            "WHERE i.inhparent = 'audit_entry'::regclass"
        )
        parts = {row[0] for row in cursor.fetchall()}
    assert {f"audit_entry_{month}" for month in ("202712", "202801", "202802", "202803")} <= parts
    moments = {
        "audit_entry_202712": december,
        "audit_entry_202801": december + timedelta(microseconds=1),
        "audit_entry_202802": datetime(2028, 2, 29, 23, 59, 59, 999999, tzinfo=UTC),
        "audit_entry_202803": datetime(2028, 3, 1, tzinfo=UTC),
        "audit_entry_rest": datetime(2031, 5, 1, tzinfo=UTC),
    }
    for part, moment in moments.items():
        with db.use_role("worker"), db.atomic():
            entry = append(HEARTBEAT_WRITTEN, actor=machine("t"), subject=None, now=moment, payload={"pending": 0})
        with connections["owner"].cursor() as cursor:
            cursor.execute("SELECT tableoid::regclass::text FROM audit_entry WHERE id = %s", [entry])
            assert cursor.fetchone()[0] == part
        for statement in (f"TRUNCATE {part}", f"DELETE FROM {part}", f"UPDATE {part} SET event = 'x'"):
            with pytest.raises(DatabaseError, match="insert-only"), connections["owner"].cursor() as cursor:
                cursor.execute(statement)
    for alias in ("default", "staff", "worker", "ingest", "sequencer", "auditor"):
        with pytest.raises(DatabaseError, match="permission denied"), connections[alias].cursor() as cursor:
            cursor.execute("SELECT 1 FROM audit_entry_202801")
    with db.use_role("sequencer"):
        sequence(december)
    with db.use_role("auditor"):
        assert verify().entries == len(moments)
