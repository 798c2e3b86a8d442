"""Compare the stored checkpoints with their cosignatures, time stamps and published copies."""

from bisect import bisect_right
from typing import Any

from audit.errors import TamperedError
from audit.log.labels import CONTRADICTIONS
from audit.merkle.signed_notes import Note, NoteError, Signature
from audit.publishing import published, timestamps, witnesses
from audit.publishing.models import Delivery
from audit.sequencer.count_checkpoints import checkpoint_counts
from core import db

_COSIGNED = """
SELECT c.size, c.witness, c.key_id, c.line, p.note
FROM audit_cosignature c LEFT JOIN audit_checkpoint p ON p.size = c.size ORDER BY c.size, c.id
"""
_STAMPED = """
SELECT s.size, s.response, p.note
FROM audit_time_stamp s LEFT JOIN audit_checkpoint p ON p.size = s.size ORDER BY s.size
"""
_GIVEN = """
SELECT d.size, d.place FROM audit_delivery d
WHERE d.state = 'delivered' AND NOT EXISTS (SELECT FROM audit_checkpoint p WHERE p.size = d.size) ORDER BY d.size
"""


def check_published(found: list[published.Found], roots: dict[int, bytes]) -> tuple[int, int]:
    """Raise TamperedError for the first copy or signature outside the database that contradicts the checkpoints.

    Returns how many cosignatures verify, and how many are by keys that OFFICE_WITNESSES does not name.
    """
    for each in found:
        if each.set_back:
            raise TamperedError(f"the {each.destination}", each.set_back)
    for row in Delivery.objects.exclude(contradiction="").order_by("place"):
        raise TamperedError(row.place, row.error or str(dict(CONTRADICTIONS)[row.contradiction]))
    _check_counts(sorted(roots))
    for size, destination in db.select_rows(_GIVEN):
        raise _deleted(size, f"it was delivered to the {destination}")
    _check_timestamps()
    return _check_cosignatures()


def _check_counts(sizes: list[int]) -> None:
    """Compare every logged count with the checkpoints that are left: a later count does not hide an earlier one."""
    counts = checkpoint_counts()
    wrong = next((counted for counted in counts if bisect_right(sizes, counted.size) < counted.checkpoints), None)
    if wrong is not None:
        left = bisect_right(sizes, wrong.size)
        difference = f"{wrong.checkpoints} were signed up to {wrong.size} entries, and {left} are left"
        raise TamperedError("the checkpoints", difference)


def _rows(name: str) -> Any:
    """Return a server-side cursor: there are as many rows as checkpoints, too many for memory."""
    return db.connection().connection.cursor(name=name)


def _check_cosignatures() -> tuple[int, int]:
    known = {(each.key.name, each.key.key_id.hex()): each.key for each in witnesses.configured()}
    verified = unknown = 0
    with _rows("audit_cosigned") as rows:
        rows.execute(_COSIGNED)
        for size, witness, key_id, line, note in rows:
            if note is None:
                raise _deleted(size, f"{witness} cosigned it")
            key = known.get((witness, key_id))
            if key is None:
                unknown += 1
                continue
            try:
                key.open(Note.parse(note.encode()).text, Signature.parse(line))
            except NoteError:
                raise TamperedError(
                    f"checkpoint {size}", f"the cosignature by {witness} is not over it: there are two histories"
                ) from None
            verified += 1
    return verified, unknown


def _check_timestamps() -> None:
    with _rows("audit_stamped") as rows:
        rows.execute(_STAMPED)
        for size, response, note in rows:
            if note is None:
                raise _deleted(size, "an authority put its time under it")
            if not timestamps.is_over(bytes(response), note.encode()):
                raise TamperedError(f"checkpoint {size}", "its time stamp is not over it: there are two histories")


def _deleted(size: int, why: str) -> TamperedError:
    return TamperedError(f"checkpoint {size}", f"{why}, and the database does not hold it")
