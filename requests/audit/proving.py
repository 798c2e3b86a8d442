"""Proofs of what is stored: receipts of entries, growth between signed sizes; on whichever side is acting."""

from base64 import b64encode
from dataclasses import dataclass
from uuid import UUID

from . import sides
from .cosignatures import append_lines
from .errors import NotInLogError, NotSignedYetError
from .notes import MAX_SIZE
from .proofs import ProofError, consistency, inclusion, tree_root
from .receipts import Receipt
from .tiles import read_tiles

#: a checkpoint as it was signed, and the lines of those who cosigned it
_LINES = "ARRAY(SELECT line FROM audit_cosignature s WHERE s.size = c.size ORDER BY s.witness, s.key_id)"
# A head that witnesses saw says more than a newer one that they did not see yet.
_PLACE = f"""
SELECT e.leaf, l.index, c.size, c.note, {_LINES}
FROM audit_entry e LEFT JOIN audit_leaf l ON l.entry = e.id
LEFT JOIN audit_checkpoint c ON c.size = coalesce(
    (SELECT max(s.size) FROM audit_cosignature s WHERE s.size > l.index),
    (SELECT max(m.size) FROM audit_checkpoint m WHERE m.size > l.index))
WHERE e.id = %s AND e.subject IS NOT DISTINCT FROM coalesce(%s::text, e.subject)
"""
_SIGNED = f"SELECT c.note, {_LINES} FROM audit_checkpoint c WHERE c.size = %s"
_HEAD = f"SELECT c.note, {_LINES} FROM audit_checkpoint c ORDER BY c.size DESC LIMIT 1"
_LATEST = "SELECT max(size) FROM audit_checkpoint"


def signed_head() -> bytes | None:
    """Return the latest checkpoint with every signature line that it has, None before the first; one query."""
    with sides.connection().cursor() as cursor:
        cursor.execute(_HEAD)
        row = cursor.fetchone()
    return append_lines(row[0].encode(), row[1]) if row else None


def make_receipt(entry: UUID, *, subject: str | None = None) -> Receipt:
    """Return the receipt of an entry against the latest checkpoint that witnesses saw, else the latest; two queries.

    With `subject`, only an entry about that subject is found. Raises NotInLogError; NotSignedYetError while the
    entry waits for the tree or the tree for its signature (seconds, with the sequencer running).
    """
    with sides.connection().cursor() as cursor:
        cursor.execute(_PLACE, [entry, subject])
        row = cursor.fetchone()
    if row is None:
        raise NotInLogError(entry)
    leaf, index, size, note, lines = row
    if size is None:
        raise NotSignedYetError(f"Entry {entry} is not in a signed tree yet: that takes a few seconds.")
    return Receipt(bytes(leaf), index, tuple(inclusion(index, size, read_tiles)), append_lines(note.encode(), lines))


@dataclass(frozen=True, slots=True)
class Growth:
    """The proof that the tree of `old` entries begins the signed tree of `new`, with both roots of 32 bytes."""

    old: int
    new: int
    old_root: bytes
    new_root: bytes
    proof: tuple[bytes, ...]
    checkpoint: bytes

    def encode(self) -> bytes:
        """Write it as C2SP tlog-witness takes it: `old <size>`, a base64 hash a line, an empty line, the checkpoint."""
        lines = [f"old {self.old}", *(b64encode(hash_).decode("ascii") for hash_ in self.proof)]
        return "\n".join(lines).encode() + b"\n\n" + self.checkpoint


def prove_growth(old: int, new: int) -> Growth:
    """Return the consistency proof from the tree of `old` entries to the checkpoint signed at `new`.

    Raises ProofError where nothing can be proved between the sizes, NotSignedYetError where none was signed at `new`.
    """
    if not 0 < old <= new <= MAX_SIZE:
        raise ProofError("The size to prove from is 1 or more, and the size to prove to is no smaller.")
    with sides.connection().cursor() as cursor:
        cursor.execute(_SIGNED, [new])
        signed = cursor.fetchone()
        if signed is None:
            cursor.execute(_LATEST)
            (latest,) = cursor.fetchone()
            raise NotSignedYetError(f"No checkpoint was signed at size {new}; the latest is at {latest or 0}.")
    proof = tuple(consistency(old, new, read_tiles))
    checkpoint = append_lines(signed[0].encode(), signed[1])
    return Growth(old, new, tree_root(old, read_tiles), tree_root(new, read_tiles), proof, checkpoint)
