"""A committed entry is a ticket to unseal: the log's answer to the vault."""

from uuid import UUID

from vault.errors import NoTicketError

from . import registry, sides


def check_ticket(entry_id: UUID, reference: str) -> None:
    """Raise NoTicketError unless the entry is committed, opens, and is about `reference`.

    The database function sees only entries of other, committed transactions, so an entry written in the
    very transaction that wants to read is no ticket.
    """
    with sides.connection().cursor() as cursor:
        cursor.execute("SELECT event, subject, actor FROM audit_ticket(%s)", [entry_id])
        row = cursor.fetchone()
    if row is None:
        raise NoTicketError("That log entry is not committed.")
    event, subject, actor = row
    if not registry.get(event).opens:
        raise NoTicketError(f"An entry {event!r} does not permit reading.")
    if reference not in {subject, actor.partition(":")[2]}:
        raise NoTicketError("That log entry is about somebody else.")
