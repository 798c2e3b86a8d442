"""The commands that set the office up and look after its log."""

import pytest
from django.core.management import call_command
from django.db import connections

from core import db


def test_migrate_may_be_repeated_while_the_office_runs(office, capsys):
    call_command("migrate", verbosity=0, interactive=False)
    call_command("migrate", verbosity=1, interactive=False)
    assert "No migrations to apply" in capsys.readouterr().out


def test_django_migrate_is_djangos_own(office, capsys):
    call_command("django_migrate", database="owner", verbosity=1, interactive=False)
    assert "No migrations to apply" in capsys.readouterr().out


def test_db_roles_prints_what_it_would_do(office, capsys):
    call_command("db_roles")
    out = capsys.readouterr().out
    assert "GRANT SELECT, INSERT ON audit_entry TO office_self;" in out
    assert "-- on the vault database" in out


def test_db_roles_takes_back_what_is_not_declared(office):
    with connections["owner"].cursor() as cursor:
        cursor.execute("GRANT DELETE ON inbox_letter TO office_staff")
    call_command("db_roles", apply=True)
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT has_table_privilege('office_staff', 'inbox_letter', 'DELETE')")
        assert cursor.fetchone() == (False,)


def test_audit_sequence_says_what_it_took(office, now, settings, tmp_path, capsys):
    from audit.log.heartbeat import write_heartbeat

    settings.AUDIT_CHECKPOINT_DIR = str(tmp_path)
    with db.use_role("sequencer"):
        write_heartbeat(now)
    call_command("audit_sequence")
    assert capsys.readouterr().out == "1 entries taken into the tree; checkpoint at 1.\n"
    assert (tmp_path / "checkpoint").read_text().splitlines()[1] == "1"


@pytest.mark.parametrize("vouched", [True, False])
def test_audit_sequence_without_a_key_says_so_in_one_sentence(office, now, settings, tmp_path, capsys, vouched):
    from audit.log.heartbeat import write_heartbeat
    from audit.tree import checkpoints

    settings.AUDIT_CHECKPOINT_DIR = str(tmp_path)
    if vouched:
        settings.OFFICE_LOG_VERIFIERS = [checkpoints.signer().verifier.encode()]
    else:
        (tmp_path / "checkpoint").write_bytes(b"")
    settings.OFFICE_LOG_KEY = ""
    with db.use_role("sequencer"):
        write_heartbeat(now)
    with pytest.raises(SystemExit) as code:
        call_command("audit_sequence")
    assert code.value.code == 2
    assert ("OFFICE_LOG_KEY" if vouched else "OFFICE_LOG_VERIFIERS") in capsys.readouterr().err


@pytest.mark.parametrize("alias", ["default", "staff", "worker", "ingest", "sequencer", "auditor"])
def test_a_running_role_owns_nothing_and_cannot_create(office, alias):
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT has_schema_privilege('public', 'CREATE'), current_setting('is_superuser')")
        assert cursor.fetchone() == (False, "off")
