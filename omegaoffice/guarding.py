"""Nothing runs while the guards differ from what is declared: the difference is logged first, then refused."""

import sys
from datetime import datetime

import structlog
from django.conf import settings
from django.db import DatabaseError, connections
from django.utils import timezone

from audit import guards, sides
from audit.services import note_differences
from vault.errors import KekMissingError
from vault.services import missing_keks

from . import guarded  # noqa: F401  hands in what is compared

_log = structlog.get_logger(__name__)
#: the table whose comment holds the digest of what the last `migrate` has put in place
_MARKED = "audit_head"


class GuardsDifferError(Exception):
    """What the database holds is not what is declared; `found` has a sentence for each difference."""

    def __init__(self, found: list[str]) -> None:
        super().__init__("The guards are not as declared; nothing is started.\n- " + "\n- ".join(found))
        self.found = found


def find_differences(side: str) -> list[str]:
    """Return what differs in the office's database, and in the vault's where this process reaches it."""
    found = _found(side, guards.OFFICE)
    vault = "vault_owner" if side == "owner" else "vault"
    if vault in settings.DATABASES:
        found += [f"vault: {difference}" for difference in _found(vault, guards.VAULT)]
    return found


def _found(alias: str, database: str) -> list[str]:
    with connections[alias].cursor() as cursor:
        return guards.differences(cursor, database)


def refuse_changed_guards(side: str, *, by: str, now: datetime) -> None:
    """Raise GuardsDifferError, with a line in the log for each difference, where anything differs.

    Also raises when the database cannot be asked: what cannot be compared is not assumed to agree.
    """
    found = find_differences(side)
    if found:
        try:
            with sides.acting(side):
                note_differences(found, by=by, now=now)
        except DatabaseError as error:  # the log itself may be what was changed
            _log.error("guards_differ_and_the_log_cannot_say_so", error=type(error).__name__)
        raise GuardsDifferError(found)


def mark() -> None:
    """Remember, as the owner, what is in place now: what differs later was not a new version's doing."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"COMMENT ON TABLE {_MARKED} IS 'guards {guards.fingerprint()}'")


def is_marked() -> bool:
    """Return whether this very version's guards were put in place here, by the owner's own word."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT obj_description(to_regclass(%s), 'pg_class')", [_MARKED])
        return bool(cursor.fetchone()[0] == f"guards {guards.fingerprint()}")


def note_before_putting_back(*, now: datetime) -> None:
    """Log what differs from this version's guards, where they were in place once, before rights are given again."""
    if is_marked() and (found := find_differences("owner")):
        with sides.acting("owner"):
            note_differences(found, by="operator", now=now)


def refuse_before_putting_back(*, now: datetime) -> None:
    """Refuse to migrate a database whose guards were changed since; a fresh one and a new version go on."""
    try:
        marked = is_marked()
    except DatabaseError:
        return  # no such database or role yet: there is nothing to put back
    if marked:
        refuse_changed_guards("owner", by="migrate", now=now)


class ShutOutError(Exception):
    """The database does not let one of this process's roles in."""

    def __init__(self, role: str, reason: str) -> None:
        super().__init__(
            f"The database does not let {role} in ({reason}): the password was changed, or is another one than this "
            "process has, or the server is away. `manage.py db_roles --apply` puts it back; nothing is started."
        )


def refuse_closed_doors() -> None:
    """Raise ShutOutError for the first role of this process that cannot connect: a role may change its own password."""
    for alias, config in connections.databases.items():
        if role := config.get("USER"):
            try:
                connections[alias].ensure_connection()
            except DatabaseError as error:
                raise ShutOutError(role, type(error).__name__) from None


def refuse_missing_keks() -> None:
    """Raise KekMissingError where people's keys are wrapped by a key-encryption key that this process does not have."""
    if missing := missing_keks():
        said = ", ".join(f"{kek_id} ({count} keys)" for kek_id, count in missing.items())
        raise KekMissingError(f"OFFICE_KEK_PREVIOUS lacks the key-encryption keys {said}; nothing is started.")


def stop_where_guards_differ(*, by: str) -> None:
    """End this process, with the reason on its standard error, where the guards differ or cannot be compared.

    Also where people's keys would not open: what was forgotten too early is better told at start than to each of them.
    """
    try:
        refuse_closed_doors()
        refuse_changed_guards(settings.OFFICE_SIDE, by=by, now=timezone.now())
        if "vault" in connections.databases:  # the sequencer's process opens nobody's keys, and has no way there
            refuse_missing_keks()
    except (ShutOutError, GuardsDifferError, KekMissingError, DatabaseError) as error:
        cannot = f"The guards cannot be compared: {type(error).__name__}."
        said = cannot if isinstance(error, DatabaseError) else error
        sys.stderr.write(f"{said}\n")
        # The arbiter of web workers takes this code for "do not try again at once"; so should whoever supervises us.
        raise SystemExit(3) from None
    finally:
        connections.close_all()
