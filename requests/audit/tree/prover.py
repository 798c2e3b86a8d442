"""Inclusion and consistency proofs of what is stored, read under the current database role."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from audit.errors import NotInLogError, NotSignedYetError
from audit.merkle.checkpoint import MAX_SIZE
from audit.merkle.cosignatures import add_checkpoint_request, append_lines
from audit.merkle.proofs import ProofError, consistency, inclusion, inclusions
from audit.merkle.tlog_proofs import Receipt
from core import db

from .tiles import read_tiles

#: the cosignature lines of a checkpoint
_LINES = "ARRAY(SELECT line FROM audit_cosignature s WHERE s.size = c.size ORDER BY s.witness, s.key_id)"
# A cosigned checkpoint is worth more than a newer one that no witness has seen yet.
_LEAF = f"""
SELECT e.leaf, l.index, c.size, c.note, {_LINES}
FROM audit_entry e LEFT JOIN audit_leaf l ON l.entry = e.id
LEFT JOIN audit_checkpoint c ON c.size = coalesce(
    (SELECT max(s.size) FROM audit_cosignature s WHERE s.size > l.index),
    (SELECT max(m.size) FROM audit_checkpoint m WHERE m.size > l.index))
WHERE e.id = %s AND e.subject IS NOT DISTINCT FROM coalesce(%s::text, e.subject)
"""
_SIGNED = f"SELECT c.note, {_LINES} FROM audit_checkpoint c WHERE c.size = %s"
_TREES = f"""
SELECT c.size, c.note, {_LINES} FROM audit_checkpoint c
WHERE c.size IN ((SELECT max(size) FROM audit_cosignature), (SELECT max(size) FROM audit_checkpoint)) ORDER BY c.size
"""
_NEWEST = f"SELECT c.note, {_LINES} FROM audit_checkpoint c ORDER BY c.size DESC LIMIT 1"


class SignedTree(NamedTuple):
    """A size of the tree, and the checkpoint that was signed at it with all its signature lines."""

    size: int
    note: bytes


def signed_checkpoint() -> bytes | None:
    """Return the latest checkpoint with all its signature lines, None before the first; one query."""
    rows = db.select_rows(_NEWEST)
    return append_lines(rows[0][0].encode(), rows[0][1]) if rows else None


def make_receipt(entry: UUID, *, subject: str | None = None) -> Receipt:
    """Return the receipt of an entry against the latest cosigned checkpoint, else the latest; two queries.

    With `subject`, only an entry about that subject is found. Raises NotInLogError; NotSignedYetError while the
    entry is pending or its checkpoint is not signed (seconds, with the sequencer running).
    """
    rows = db.select_rows(_LEAF, [entry, subject])
    if not rows:
        raise NotInLogError(entry)
    leaf, index, size, note, lines = rows[0]
    if size is None:
        raise NotSignedYetError(f"Entry {entry} is not in a signed tree yet: that takes a few seconds.")
    return Receipt(bytes(leaf), index, tuple(inclusion(index, size, read_tiles)), append_lines(note.encode(), lines))


def signed_trees() -> list[SignedTree]:
    """Return the latest cosigned tree and the latest, the smaller one first; they may be the same. One query."""
    return [SignedTree(size, append_lines(note.encode(), lines)) for size, note, lines in db.select_rows(_TREES)]


def make_receipts(leaves: Sequence[tuple[int, bytes]], tree: SignedTree) -> list[Receipt]:
    """Return the receipts of entries, given by leaf index and leaf, that this tree holds; one query for all of them."""
    paths = inclusions([index for index, _leaf in leaves], tree.size, read_tiles)
    return [Receipt(leaf, index, tuple(path), tree.note) for (index, leaf), path in zip(leaves, paths, strict=True)]


def prove_consistency(old: int, new: int) -> bytes:
    """Return the proof that the tree of `old` entries is a prefix of the signed tree of `new`, and its checkpoint.

    It is the body of a request to a witness (C2SP tlog-witness, add-checkpoint).
    Raises ProofError where nothing can be proved between the sizes, NotSignedYetError where none was signed at `new`.
    """
    if not 0 < old <= new <= MAX_SIZE:
        raise ProofError("The size to prove from is 1 or more, and the size to prove to is no smaller.")
    signed = db.select_rows(_SIGNED, [new])
    if not signed:
        latest = db.select_value("SELECT max(size) FROM audit_checkpoint")
        raise NotSignedYetError(f"No checkpoint was signed at size {new}; the latest is at {latest or 0}.")
    note, lines = signed[0]
    return add_checkpoint_request(old, consistency(old, new, read_tiles), append_lines(note.encode(), lines))
