"""A committed entry is a ticket to unseal: the log's answer to the vault."""

from uuid import UUID

from vault.errors import NoTicketError

from . import registry, sides


def check_ticket(entry_id: UUID, reference: str) -> None:
    """Raise NoTicketError unless the entry is committed, opens, and is about `reference`.

    The database function sees only entries of other, committed transactions, so an entry written in the
    very transaction that wants to read is no ticket. Its age is by the database's clock on both ends.
    """
    with sides.connection().cursor() as cursor:
        cursor.execute("SELECT t.*, audit_ticket_age(%s) FROM audit_ticket(%s) t", [entry_id, entry_id])
        row = cursor.fetchone()
    if row is None:
        raise NoTicketError("That log entry is not committed, or too old to read by.")
    event, subject, actor, age = row
    if not registry.get(event).opens:
        raise NoTicketError(f"An entry {event!r} does not permit reading.")
    if reference not in {subject, actor.partition(":")[2]}:
        raise NoTicketError("That log entry is about somebody else.")
    if age > registry.get(event).ticket_seconds:
        raise NoTicketError("That log entry is too old to read by.")
