"""Refuse to start where it is not safe: above all while the database differs from what is declared."""

import sys
from datetime import datetime

import structlog
from django.conf import settings
from django.db import DatabaseError, connections
from django.utils import timezone

from audit import db_guards
from audit.db_guards.record_differences import note_differences
from audit.erasure.journal import refuse_unreplayed_erasures
from audit.errors import LogError
from core import db
from vault.errors import KekMissingError
from vault.services import missing_keks

from . import declared  # noqa: F401  declares what is compared

_log = structlog.get_logger(__name__)
#: the table whose comment holds the digest of what the last `migrate` has put in place
_MARKED = "audit_head"


class SchemaDiffersError(Exception):
    """The database is not as declared; the message has a sentence for each difference."""

    def __init__(self, found: list[str]) -> None:
        super().__init__("The database schema is not as declared; nothing is started.\n- " + "\n- ".join(found))


def find_differences(alias: str) -> list[str]:
    """Return what differs in the office's database, and in the vault's where this process has a connection to it."""
    found = _found(alias, db_guards.OFFICE)
    vault = "vault_owner" if alias == "owner" else "vault"
    if vault in settings.DATABASES:
        found += [f"vault: {difference}" for difference in _found(vault, db_guards.VAULT)]
    return found


def _found(alias: str, database: str) -> list[str]:
    with connections[alias].cursor() as cursor:
        return db_guards.differences(cursor, database)


def refuse_changed_schema(alias: str, *, by: str, now: datetime) -> None:
    """Raise SchemaDiffersError, with a log entry for each difference, where anything differs.

    Raises DatabaseError where the catalogue cannot be read: what cannot be compared is not assumed to agree.
    """
    found = find_differences(alias)
    if found:
        try:
            with db.use_role(alias):
                note_differences(found, by=by, now=now)
        except DatabaseError as error:  # the log itself may be what was changed
            _log.error("schema_differences_not_logged", error=type(error).__name__)
        raise SchemaDiffersError(found)


def mark() -> None:
    """Store, as the owner, the digest of what is in place now: no new version made what differs later."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"COMMENT ON TABLE {_MARKED} IS 'guards {db_guards.fingerprint()}'")


def is_marked() -> bool:
    """Return whether what this very version declares was put in place here."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT obj_description(to_regclass(%s), 'pg_class')", [_MARKED])
        return bool(cursor.fetchone()[0] == f"guards {db_guards.fingerprint()}")


def note_before_putting_back(*, now: datetime) -> None:
    """Append what differs to the log before rights are granted again, where this version's schema was in place once."""
    if is_marked() and (found := find_differences("owner")):
        with db.use_role("owner"):
            note_differences(found, by="operator", now=now)


def refuse_before_putting_back(*, now: datetime) -> None:
    """Refuse to migrate a database that was changed since the last `migrate`; a fresh one and a new version go on.

    Raises SchemaDiffersError.
    """
    try:
        marked = is_marked()
    except DatabaseError:
        return  # no such database or role yet: there is nothing to put back
    if marked:
        refuse_changed_schema("owner", by="migrate", now=now)


class ShutOutError(Exception):
    """One of this process's roles cannot connect to the database."""

    def __init__(self, role: str, reason: str) -> None:
        super().__init__(
            f"The database does not let {role} in ({reason}): the password was changed, or is another one than this "
            "process has, or the server is away. `manage.py db_roles --apply` puts it back; nothing is started."
        )


def refuse_shut_out_roles() -> None:
    """Raise ShutOutError for the first role of this process that cannot connect: a role may change its own password."""
    for alias, config in connections.databases.items():
        if role := config.get("USER"):
            try:
                connections[alias].ensure_connection()
            except DatabaseError as error:
                raise ShutOutError(role, type(error).__name__) from None


def refuse_missing_keks() -> None:
    """Raise KekMissingError where this process lacks a key-encryption key that wraps subjects' keys."""
    if missing := missing_keks():
        keks = ", ".join(f"{kek_id} ({count} keys)" for kek_id, count in missing.items())
        raise KekMissingError(f"OFFICE_KEK_PREVIOUS lacks the key-encryption keys {keks}; nothing is started.")


def stop_where_unsafe(*, by: str) -> None:
    """End this process, with the reason on its standard error, where the schema differs or cannot be compared.

    Also where subjects' keys cannot be unwrapped, since that would be an error for each subject, and where a restored
    backup brought back people who were erased.
    """
    try:
        refuse_shut_out_roles()
        refuse_changed_schema(settings.OFFICE_SIDE, by=by, now=timezone.now())
        if "vault" in connections.databases:  # the sequencer unwraps no keys and has no connection there
            refuse_missing_keks()
        refuse_unreplayed_erasures()
    except (ShutOutError, SchemaDiffersError, KekMissingError, LogError, DatabaseError) as error:
        cannot = f"The database schema cannot be compared: {type(error).__name__}."
        sys.stderr.write(f"{cannot if isinstance(error, DatabaseError) else error}\n")
        # Gunicorn's arbiter takes this code for "do not try again at once"; so should any other supervisor.
        raise SystemExit(3) from None
    finally:
        connections.close_all()
