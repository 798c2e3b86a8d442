"""Receipts (C2SP tlog-proof): one entry with its inclusion proof and a signed checkpoint, read strictly."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from .checkpoint import MAX_SIZE, Checkpoint, open_checkpoint
from .hashing import HASH_BYTES, leaf_hash
from .proofs import ProofError, check_inclusion
from .signed_notes import Note, NoteError, Verifier, decode_base64, encode_base64

HEADER = "c2sp.org/tlog-proof@v1"
MEDIA_TYPE = "text/plain; charset=utf-8"
SUFFIX = ".tlog-proof"
MAX_BYTES = 2_000_000
#: the longest path in a tree of 2**63 entries
MAX_HASHES = 63
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})")
_EXTRA = "extra "


class ReceiptError(ValueError):
    """A receipt that is malformed or does not prove its entry."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """One entry's leaf (the bytes that were hashed), its index, its inclusion proof, and the signed root.

    `checkpoint` is the note as it was published, with the witnesses' signature lines. The leaf is the format's extra
    data, which proofs made by others may lack.
    """

    leaf: bytes | None
    index: int
    proof: tuple[bytes, ...]
    checkpoint: bytes

    def __post_init__(self) -> None:
        if not 0 <= self.index <= MAX_SIZE:
            raise ReceiptError("the index is no leaf index of a log")
        if len(self.proof) > MAX_HASHES or any(len(hash_) != HASH_BYTES for hash_ in self.proof):
            raise ReceiptError(f"a proof has at most {MAX_HASHES} hashes of {HASH_BYTES} bytes")
        if self.leaf == b"":
            raise ReceiptError("the extra data is empty: such a line is left out")

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a receipt, so that encoding it again gives the same bytes; `check` verifies it.

        ReceiptError names what is wrong.
        """
        if len(data) > MAX_BYTES:
            raise ReceiptError(f"a receipt has no more than {MAX_BYTES:,} bytes")
        proof, separator, checkpoint = data.partition(b"\n\n")
        if not separator:
            raise ReceiptError("a receipt is a proof, an empty line and a checkpoint")
        try:
            header, *lines = proof.decode("ascii").split("\n")
        except UnicodeDecodeError:
            raise ReceiptError("the proof above the checkpoint is ASCII text") from None
        if header != HEADER:
            raise ReceiptError(f"the first line is not {HEADER}")
        leaf = None
        if lines and lines[0].startswith(_EXTRA):
            leaf = _decode(lines.pop(0).removeprefix(_EXTRA), "extra")
        index = _INDEX.fullmatch(lines.pop(0)) if lines else None
        if index is None:
            raise ReceiptError("the index line is missing or malformed")
        try:
            Checkpoint.parse(Note.parse(checkpoint).text)
        except NoteError as error:
            raise ReceiptError(f"checkpoint: {error}") from None
        return cls(leaf, int(index[1]), tuple(_decode(line, "proof") for line in lines), checkpoint)

    def encode(self) -> bytes:
        """Write the receipt as a file."""
        lines = [HEADER]
        if self.leaf is not None:
            lines.append(_EXTRA + encode_base64(self.leaf))
        lines += [f"index {self.index}", *map(encode_base64, self.proof)]
        return "\n".join(lines).encode() + b"\n\n" + self.checkpoint

    def check(self, origin: str, verifiers: Iterable[Verifier]) -> Checkpoint:
        """Return the checkpoint, once a known key has signed it and the leaf is proved to be at `index` of its tree.

        Raises ReceiptError.
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
    try:
        return decode_base64(text)
    except NoteError as error:
        raise ReceiptError(f"{field}: {error}") from None
