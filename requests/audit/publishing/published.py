"""Compare the checkpoints published outside the database with those in it, and read the published lengths."""

from dataclasses import dataclass

from django.conf import settings

from audit.errors import ContradictedError, Contradiction, DeliveryError
from audit.merkle.checkpoint import Checkpoint
from audit.merkle.journal_length import JournalLength, open_length
from audit.merkle.proofs import ProofError, tree_root
from audit.merkle.signed_notes import NoteError
from audit.tree import checkpoints
from audit.tree.models import StoredCheckpoint
from audit.tree.tiles import read_tiles
from core import db

from . import destinations
from .models import Delivery, DeliveryState


@dataclass(frozen=True)
class Found:
    """The newest checkpoint at one destination; None, with a sentence in `fault`, where it could not be read.

    `delivered` is the size of the newest one delivered before the reading, None before the first.
    """

    destination: str
    checkpoint: Checkpoint | None
    fault: str = ""
    delivered: int | None = None

    @property
    def set_back(self) -> str:
        """Return a sentence where the destination holds an older checkpoint than it was given, else nothing."""
        if self.checkpoint is None or self.delivered is None or self.checkpoint.size >= self.delivered:
            return ""
        return (
            f"it holds the checkpoint of {self.checkpoint.size} entries, though one of {self.delivered} was put there: "
            "it was set back"
        )


def read_published(*, local: bool = False) -> list[Found]:
    """Return what each readable destination holds, or only those on this machine.

    Call it before the transaction that compares: its snapshot must include whatever was published. Raises
    ContradictedError for a note that none of our keys signed, CannotCheckError where no key is known.
    """
    return [read(each) for each in destinations.configured() if each.readable and (each.local or not local)]


def read(destination: destinations.Destination) -> Found:
    """Return what one destination holds; raises like `read_published`."""
    name = destination.name
    # Read before the note, so that a delivery in between makes no difference. The role `default` may not read them.
    delivered = delivered_size(name) if db.current() != "default" else None
    try:
        note = destination.latest()
    except DeliveryError as error:
        return Found(name, None, str(error), delivered)
    try:
        return Found(name, checkpoints.opened(note) if note is not None else None, "", delivered)
    except NoteError as error:
        raise ContradictedError("the published checkpoint", f"{error} (in the {name})", Contradiction.FOREIGN) from None


def compare(found: list[Found]) -> list[str]:
    """Return sentences about what is missing or cannot be read; empty when nothing is.

    Raises ContradictedError when the database does not hold a published checkpoint: it is behind, or another one.
    """
    missing = []
    for each in found:
        if each.checkpoint is not None:
            _compare(each.checkpoint)
            if each.set_back:
                missing.append(f"The {each.destination}: {each.set_back}.")
        elif each.fault:
            missing.append(each.fault)
        elif each.delivered is not None:
            missing.append(
                f"The {each.destination} holds no checkpoint, though one of {each.delivered} entries was put there."
            )
    return missing


def _compare(outside: Checkpoint) -> None:
    stored = StoredCheckpoint.objects.filter(size=outside.size).first()
    if stored is not None and bytes(stored.root) == outside.root:
        return
    if stored is not None:
        kind, how = Contradiction.FORKED, " with another root: there are two histories"
    elif not StoredCheckpoint.objects.filter(size__gt=outside.size).exists():
        kind, how = Contradiction.TAKEN_AWAY, ", and the database does not hold it: entries were taken away"
    elif _root(outside.size) == outside.root:
        kind, how = Contradiction.DELETED, ", and was deleted from the database, whose entries agree with it"
    else:
        kind, how = Contradiction.FORKED, ", and the entries give another root: there are two histories"
    raise ContradictedError(f"checkpoint {outside.size}", f"it was published outside the database{how}", kind)


def _root(size: int) -> bytes | None:
    try:
        return tree_root(size, read_tiles)
    except ProofError:
        return None


def delivered_size(target: str) -> int | None:
    """Return the size of the newest checkpoint delivered to a target, None before the first."""
    newest = Delivery.objects.filter(place=target, state=DeliveryState.DELIVERED).order_by("-size").first()
    return newest.size if newest else None


def read_length(destination: destinations.Destination) -> JournalLength | None:
    """Return the length of the journal of erasures that a destination holds, None where there is none.

    Raises DeliveryError where it cannot be read, ContradictedError for a note that none of our keys signed.
    """
    note = destination.latest_length()
    try:
        return open_length(note, settings.OFFICE_LOG_ORIGIN, checkpoints.verifiers()) if note is not None else None
    except NoteError as error:
        location = f"the published length of the journal of erasures, in the {destination.name}"
        raise ContradictedError(location, str(error), Contradiction.FOREIGN) from None
