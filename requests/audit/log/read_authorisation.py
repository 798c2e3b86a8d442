"""Check that a committed log entry authorises decrypting a subject's data."""

from uuid import UUID

from core import db
from core.errors import NotAuthorisedError

from . import event_types


def check_authorisation(entry_id: UUID, reference: str) -> None:
    """Raise NotAuthorisedError unless the entry is committed, authorises decryption, and is about `reference`.

    The database function sees only entries of other, committed transactions, so an entry that this transaction
    appended does not count. Its age is measured by the database's clock on both ends.
    """
    rows = db.select_rows("SELECT t.*, audit_ticket_age(%s) FROM audit_ticket(%s) t", [entry_id, entry_id])
    if not rows:
        raise NotAuthorisedError("That log entry is not committed, names no purpose, or is too old to read by.")
    event, subject, actor, age = rows[0]
    if not event_types.get(event).authorises_decryption:
        raise NotAuthorisedError(f"An entry {event!r} does not permit reading.")
    if reference not in {subject, actor.partition(":")[2]}:
        raise NotAuthorisedError("That log entry is about somebody else.")
    if age > event_types.get(event).authorisation_seconds:
        raise NotAuthorisedError("That log entry is too old to read by.")
