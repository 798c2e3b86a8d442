"""What a role can do to itself: its settings and its password."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import psycopg
import pytest
from django.core.management import call_command
from django.db import connections

from audit import db_guards
from core import db
from omegaoffice.db import compare, roles, setup
from omegaoffice.settings.databases import ROLE_OF_ALIAS

ROOT = Path(__file__).resolve().parents[3]
#: what a thief would set so that nothing is written, or found
OWN = {
    "default_transaction_read_only": "on",
    "search_path": "pg_temp",
    "row_security": "off",
    "statement_timeout": "7s",
    "lock_timeout": "7s",
    "idle_in_transaction_session_timeout": "7s",
    "idle_session_timeout": "7s",
    "default_transaction_isolation": "serializable",
    "synchronous_commit": "off",
    "standard_conforming_strings": "off",
}


@pytest.mark.parametrize("alias", [*ROLE_OF_ALIAS, "vault"])
def test_what_a_role_sets_for_itself_does_not_count_in_our_connections(office, alias):
    """Set for this test's database alone: other tests share the roles."""
    connection = connections[alias]
    params = connection.get_connection_params()
    role, name = params["user"], params["dbname"]
    with psycopg.connect(**params | {"options": ""}, autocommit=True) as thief:
        for setting, value in OWN.items():
            thief.execute(f"ALTER ROLE {role} IN DATABASE {name} SET {setting} = '{value}'")
    with psycopg.connect(**params | {"options": ""}, autocommit=True) as theirs:
        assert theirs.execute("SHOW default_transaction_read_only").fetchone() == ("on",)
    connection.close()
    with connection.cursor() as cursor:
        for setting, value in OWN.items():
            cursor.execute(f"SHOW {setting}")
            assert cursor.fetchone()[0] != value, setting
    owner = "vault_owner" if alias == "vault" else "owner"
    with connections[owner].cursor() as cursor:
        found = db_guards.differences(cursor, db_guards.VAULT if alias == "vault" else db_guards.OFFICE)
    assert found == [f"{setting} was set for {role} in this database" for setting in sorted(OWN)]
    call_command("db_roles", apply=True, verbosity=0)
    assert compare.find_differences("auditor") == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("ALTER ROLE office_worker SET statement_timeout = 1", "statement_timeout was set for office_worker"),
        ("ALTER ROLE office_worker CONNECTION LIMIT 0", "office_worker may not log in at any time"),
        ("ALTER ROLE office_worker VALID UNTIL '2020-01-01'", "office_worker may not log in at any time"),
        ("ALTER ROLE office_worker NOLOGIN", "office_worker may not log in at any time"),
        ("GRANT office_staff TO office_worker", "role office_worker has another role's rights"),
        ("CREATE ROLE thief; GRANT office_staff TO thief", "role thief has the rights of role office_staff"),
    ],
)
def test_a_changed_role_is_named(office, change, sentence):
    """Rolled back: roles belong to the server, and other tests use them."""
    with psycopg.connect(os.environ["DATABASE_URL"]) as owner:
        cursor = owner.cursor()
        cursor.execute(change)
        assert sentence in " ".join(db_guards.differences(cursor, db_guards.OFFICE))
        owner.rollback()


def test_a_role_that_changed_its_password_is_named_at_start_and_let_in_again(office, settings, monkeypatch):
    """A role of this test's own stands for the running ones: their passwords are other tests' too."""
    role = "tried_role"
    config = {**settings.DATABASES["worker"], "USER": role, "PASSWORD": "as configured"}
    monkeypatch.setattr(roles, "RUNNING", (role,))
    monkeypatch.setitem(connections.databases, "worker", config)
    monkeypatch.setattr(setup, "role_passwords", lambda: {role: "as configured"})
    connections["worker"].close()
    del connections["worker"]
    try:
        setup.create_roles()
        compare.refuse_shut_out_roles()
        with connections["worker"].cursor() as cursor:
            cursor.execute("ALTER ROLE CURRENT_USER PASSWORD 'of the thief'")
        connections["worker"].close()
        with pytest.raises(compare.ShutOutError, match=r"does not let tried_role in.*db_roles --apply"):
            compare.refuse_shut_out_roles()
        setup.create_roles()
        compare.refuse_shut_out_roles()
    finally:
        connections["worker"].close()
        del connections["worker"]
        with connections["owner"].cursor() as cursor:
            cursor.execute(f"DROP ROLE {role}")


def test_a_process_whose_role_is_shut_out_ends_with_a_sentence(office):
    wrong = {**os.environ, "DATABASE_PASSWORD_OFFICE_STAFF": "wrong", "DATABASE_STAFF_URL": ""}
    told = subprocess.run(
        [sys.executable, "-c", "import omegaoffice.wsgi"],
        cwd=ROOT, env=wrong, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert told.returncode == 3, told.stderr
    assert "The database does not let office_staff in" in told.stderr
    assert "Traceback" not in told.stderr


def test_no_role_lacks_a_right_while_the_grants_are_made_anew(office):
    """The sequencer of a running office reads while somebody migrates."""
    seen = []

    def read_on():
        try:
            with db.use_role("sequencer"):
                while not stop.is_set():
                    db.select_value("SELECT count(*) FROM audit_delivery", [])
                    seen.append(1)
        finally:
            connections.close_all()

    stop = Event()
    with ThreadPoolExecutor(1) as pool:
        reader = pool.submit(read_on)
        try:
            while len(seen) < 20:
                setup.apply_grants()
        finally:
            stop.set()
        reader.result(timeout=20)
