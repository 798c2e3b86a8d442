"""What was published outside the database, held against what is in it."""

from dataclasses import dataclass

from . import checkpoints, places, sides
from .errors import ContradictedError, Contradiction, DeliveryError
from .models import Checkpoint as StoredCheckpoint
from .models import Delivery, DeliveryState
from .notes import Checkpoint, NoteError
from .proofs import ProofError, tree_root
from .tiles import read_tiles


@dataclass(frozen=True)
class Found:
    """The newest checkpoint of one place; none, with a sentence in `fault` where the place could not be read.

    `delivered` is the size of the newest that had reached the place before it was read, None before the first.
    """

    place: str
    checkpoint: Checkpoint | None
    fault: str = ""
    delivered: int | None = None

    @property
    def set_back(self) -> str:
        """Return a sentence where the place holds an older checkpoint than it was given, else nothing."""
        if self.checkpoint is None or self.delivered is None or self.checkpoint.size >= self.delivered:
            return ""
        return (
            f"it holds the checkpoint of {self.checkpoint.size} entries, though one of {self.delivered} was put there: "
            "it was set back"
        )


def read_published(*, local: bool = False) -> list[Found]:
    """Return what each readable place holds, or only those on this machine.

    Call it before the transaction that compares: what is published later is in no snapshot. Raises ContradictedError
    for a note that no key of ours signed, CannotCheckError where no key is known.
    """
    return [read(place) for place in places.configured() if place.readable and (place.local or not local)]


def read(place: places.Place) -> Found:
    """Return what one place holds; raises as `read_published`."""
    # Before the note: what arrives in between is no difference. A user's own side knows nothing of deliveries.
    delivered = delivered_size(place.name) if sides.current() != "default" else None
    try:
        note = place.latest()
    except DeliveryError as error:
        return Found(place.name, None, str(error), delivered)
    try:
        return Found(place.name, checkpoints.opened(note) if note is not None else None, "", delivered)
    except NoteError as error:
        raise ContradictedError(
            "the published checkpoint", f"{error} (in the {place.name})", Contradiction.FOREIGN
        ) from None


def compare(found: list[Found]) -> list[str]:
    """Return sentences about what should be there and is not, or cannot be read; empty when nothing is amiss.

    Raises ContradictedError when the database does not hold a published checkpoint: it is behind, or another one.
    """
    missing = []
    for each in found:
        if each.checkpoint is not None:
            _compare(each.checkpoint)
            if each.set_back:
                missing.append(f"The {each.place}: {each.set_back}.")
        elif each.fault:
            missing.append(each.fault)
        elif each.delivered is not None:
            missing.append(
                f"The {each.place} holds no checkpoint, though one of {each.delivered} entries was put there."
            )
    return missing


def _compare(outside: Checkpoint) -> None:
    stored = StoredCheckpoint.objects.filter(size=outside.size).first()
    if stored is not None and bytes(stored.root) == outside.root:
        return
    place = f"checkpoint {outside.size}"
    published = "it was published outside the database"
    if stored is not None:
        raise ContradictedError(place, f"{published} with another root: there are two histories", Contradiction.FORKED)
    if not StoredCheckpoint.objects.filter(size__gt=outside.size).exists():
        raise ContradictedError(
            place,
            f"{published}, and the database does not hold it: entries were taken away",
            Contradiction.TAKEN_AWAY,
        )
    if _root(outside.size) == outside.root:
        raise ContradictedError(
            place, f"{published}, and was deleted from the database, whose entries agree with it", Contradiction.DELETED
        )
    raise ContradictedError(
        place, f"{published}, and the entries give another root: there are two histories", Contradiction.FORKED
    )


def _root(size: int) -> bytes | None:
    try:
        return tree_root(size, read_tiles)
    except ProofError:
        return None


def delivered_size(place: str) -> int | None:
    """Return the size of the newest checkpoint that reached a place, None before the first."""
    newest = Delivery.objects.filter(place=place, state=DeliveryState.DELIVERED).order_by("-size").first()
    return newest.size if newest else None
