"""Receipts: `c2sp.org/tlog-proof@v1`, one entry with its proof and a signed checkpoint, read strictly."""

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from audit.hashing import HASH_BYTES, leaf_hash
from audit.notes import MAX_SIZE, Checkpoint, Note, NoteError, Verifier, open_checkpoint
from audit.proofs import ProofError, check_inclusion

HEADER = "c2sp.org/tlog-proof@v1"
MEDIA_TYPE = "text/plain; charset=utf-8"
SUFFIX = ".tlog-proof"
MAX_BYTES = 2_000_000
#: a tree of 2**63 entries has no longer way from leaf to root
MAX_HASHES = 63
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})")
_EXTRA = "extra "


class ReceiptError(ValueError):
    """A receipt that is malformed, or that does not prove what it says."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """One entry's leaf (the bytes that were hashed), its place, the way to the root, and the signed root.

    `checkpoint` is the note as it was published, signature lines of witnesses included. The leaf travels in the
    format's line of extra data; a proof made by others may lack it.
    """

    leaf: bytes | None
    index: int
    proof: tuple[bytes, ...]
    checkpoint: bytes

    def __post_init__(self) -> None:
        if not 0 <= self.index <= MAX_SIZE:
            raise ReceiptError("the index is not a place in a log")
        if len(self.proof) > MAX_HASHES or any(len(hash_) != HASH_BYTES for hash_ in self.proof):
            raise ReceiptError(f"a proof has at most {MAX_HASHES} hashes of {HASH_BYTES} bytes")
        if self.leaf == b"":
            raise ReceiptError("the extra data is empty: such a line is left out")

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a receipt, so that encoding it again gives the same bytes; ReceiptError names what is wrong.

        Nothing in it may be believed before `check` has returned.
        """
        if len(data) > MAX_BYTES:
            raise ReceiptError(f"a receipt has no more than {MAX_BYTES:,} bytes")
        head, separator, checkpoint = data.partition(b"\n\n")
        if not separator:
            raise ReceiptError("a receipt is a proof, an empty line and a checkpoint")
        try:
            header, *lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError:
            raise ReceiptError("the proof above the checkpoint is ASCII text") from None
        if header != HEADER:
            raise ReceiptError(f"the first line is not {HEADER}")
        leaf = None
        if lines and lines[0].startswith(_EXTRA):
            leaf = _decode(lines.pop(0).removeprefix(_EXTRA), "extra")
        place = _INDEX.fullmatch(lines.pop(0)) if lines else None
        if place is None:
            raise ReceiptError("the index line is missing or malformed")
        try:
            Checkpoint.parse(Note.parse(checkpoint).text)
        except NoteError as error:
            raise ReceiptError(f"checkpoint: {error}") from None
        return cls(leaf, int(place[1]), tuple(_decode(line, "proof") for line in lines), checkpoint)

    def encode(self) -> bytes:
        """Write the receipt as a file."""
        lines = [HEADER]
        if self.leaf is not None:
            lines.append(_EXTRA + b64encode(self.leaf).decode("ascii"))
        lines += [f"index {self.index}", *(b64encode(hash_).decode("ascii") for hash_ in self.proof)]
        return "\n".join(lines).encode() + b"\n\n" + self.checkpoint

    def check(self, origin: str, verifiers: Iterable[Verifier]) -> Checkpoint:
        """Return the checkpoint, once a known key vouches for it and the leaf is proved to be in its tree.

        Raises ReceiptError. What is proved is the leaf's bytes, and that they stand at `index`.
        """
        if self.leaf is None:
            raise ReceiptError("the receipt carries no entry: there is nothing to prove")
        try:
            checkpoint = open_checkpoint(self.checkpoint, origin, verifiers)
        except NoteError as error:
            raise ReceiptError(f"checkpoint: {error}") from None
        try:
            check_inclusion(self.index, checkpoint.size, leaf_hash(self.leaf), self.proof, checkpoint.root)
        except ProofError as error:
            raise ReceiptError(f"proof: {error}") from None
        return checkpoint


def _decode(text: str, field: str) -> bytes:
    """Read base64 in its one spelling: what is written again must be the same."""
    try:
        data = b64decode(text)
    except ValueError:
        raise ReceiptError(f"{field}: not base64") from None
    if b64encode(data).decode("ascii") != text:
        raise ReceiptError(f"{field}: not canonical base64")
    return data
