"""Which side of the house speaks to the database: a role each, chosen at the door."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from django.conf import settings
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.transaction import Atomic

from vault.errors import NoTicketError

from .schema import TICKET_CEILING

#: seconds that one statement under a ticket may take
_MARGIN = 60
_side: ContextVar[str | None] = ContextVar("office_side", default=None)


def current() -> str:
    """Return the database alias of the side that is acting."""
    return _side.get() or settings.OFFICE_SIDE


@contextmanager
def acting(side: str) -> Iterator[None]:
    """Act as `side` (a database alias) inside the block."""
    token = _side.set(side)
    try:
        yield
    finally:
        _side.reset(token)


def connection() -> BaseDatabaseWrapper:
    """Return the current side's connection, for raw SQL."""
    return connections[current()]


def atomic(*, durable: bool = False, savepoint: bool = True) -> Atomic:
    """Return a transaction on the current side. Django's own `atomic()` would open one on `default`."""
    return transaction.atomic(using=current(), durable=durable, savepoint=savepoint)


def on_commit(act: Callable[[], object]) -> None:
    """Run `act` after the current side commits; one callback's failure does not take the next ones away."""
    transaction.on_commit(act, using=current(), robust=True)


def set_local(**variables: str) -> None:
    """Set `office.<name>` variables for the rest of the transaction."""
    with connection().cursor() as cursor:
        for name, value in variables.items():
            cursor.execute("SELECT set_config(%s, %s, true)", [f"office.{name}", value])


@contextmanager
def as_subject(reference: str) -> Iterator[None]:
    """Open a transaction in which row-level security shows `office_self` the rows of this subject.

    The variable falls back to what it was when the block ends, nested blocks included.
    """
    with atomic(), connection().cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting('office.subject', true), '')")
        before = cursor.fetchone()[0]
        set_local(subject=reference)
        yield
        set_local(subject=before)


@contextmanager
def under_ticket(reference: str, entry: UUID) -> Iterator[None]:
    """Open a transaction that names a committed entry, so that row-level security shows this subject's gated rows.

    Machines (a package, later an erasure) read so; a person's look goes through the gate alone. Raises NoTicketError
    for an entry that is not committed, or too old: rows that row-level security does not show would look like rows
    that are not there.
    """
    with atomic():
        with connection().cursor() as cursor:
            cursor.execute("SELECT audit_ticket_age(%s) < %s", [entry, TICKET_CEILING - _MARGIN])
            if not cursor.fetchone()[0]:
                raise NoTicketError("That log entry is not committed, or too old to read by.")
        set_local(subject=reference, entry=str(entry))
        yield
