"""Select the database role for the current request, task or command."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model
from django.db.transaction import Atomic

from .errors import NotAuthorisedError

#: seconds for which an entry may authorise reading at most: as long as a task may run. Each event type has its own
#: limit; row-level security knows this one alone.
AUTHORISATION_SECONDS = 3900
#: seconds that one statement of an authorised read may take
_STATEMENT_SECONDS = 60
_role: ContextVar[str | None] = ContextVar("office_role", default=None)


def current() -> str:
    """Return the current role, which is a database alias."""
    return _role.get() or settings.OFFICE_SIDE


@contextmanager
def use_role(role: str) -> Iterator[None]:
    """Use the role (a database alias) inside the block."""
    token = _role.set(role)
    try:
        yield
    finally:
        _role.reset(token)


def connection() -> BaseDatabaseWrapper:
    """Return the current role's connection, for raw SQL."""
    return connections[current()]


def atomic(*, durable: bool = False, savepoint: bool = True) -> Atomic:
    """Return a transaction of the current role. Django's own `atomic()` would open one on `default`."""
    return transaction.atomic(using=current(), durable=durable, savepoint=savepoint)


def on_commit(act: Callable[[], object]) -> None:
    """Run `act` after the current role's transaction commits; an error in it does not stop later callbacks."""
    transaction.on_commit(act, using=current(), robust=True)


def set_local(**variables: str) -> None:
    """Set `office.<name>` variables for the rest of the transaction."""
    calls = ", ".join(["set_config(%s, %s, true)"] * len(variables))
    select_rows(f"SELECT {calls}", [text for name in variables for text in (f"office.{name}", variables[name])])


def select_rows(sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> list[tuple[Any, ...]]:
    """Run one statement under the current role and return its rows."""
    with connection().cursor() as cursor:
        cursor.execute(sql, parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def select_value(sql: str, parameters: Sequence[Any] = ()) -> Any:
    """Run one statement under the current role and return the first column of its first row."""
    return select_rows(sql, parameters)[0][0]


@contextmanager
def try_lock(name: str) -> Iterator[bool]:
    """Yield whether this connection got the advisory lock of this name; the block holds it."""
    is_locked: bool = select_value("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
    try:
        yield is_locked
    finally:
        if is_locked:
            select_rows("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])


@contextmanager
def row_security_for(reference: str) -> Iterator[None]:
    """Open a transaction in which row-level security lets the role `office_self` see the rows of this subject.

    At the end the variable gets its value of before, in nested blocks too.
    """
    with atomic():
        before = select_value("SELECT coalesce(current_setting('office.subject', true), '')")
        set_local(subject=reference)
        yield
        set_local(subject=before)


@contextmanager
def authorised_by(reference: str, entry: UUID) -> Iterator[None]:
    """Open a transaction that names a committed entry, so that row-level security shows the subject's restricted rows.

    Only machines read this way (for a package or an erasure); staff read through humanaccess. Raises
    NotAuthorisedError for an entry that is not committed, too old, or names no purpose where a machine must: hidden
    rows would look like missing ones.
    """
    with atomic():
        may_read = select_value(
            "SELECT audit_ticket_age(%s) < %s AND EXISTS (SELECT FROM audit_ticket(%s))",
            [entry, AUTHORISATION_SECONDS - _STATEMENT_SECONDS, entry],
        )
        if not may_read:
            raise NotAuthorisedError("That log entry is not committed, names no purpose, or is too old to read by.")
        set_local(subject=reference, entry=str(entry))
        yield


class RoleRouter:
    """Django's database router: the vault has a database of its own, the rest follows the current role."""

    def db_for_read(self, model: type[Model], **_hints: Any) -> str:
        return "vault" if model._meta.app_label == "vault" else current()

    db_for_write = db_for_read

    def allow_relation(self, *_objects: Model, **_hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **_hints: Any) -> bool:
        return db == ("vault_owner" if app_label == "vault" else "owner")
