"""What was published outside the database, held against what is in it."""

from dataclasses import dataclass

from . import checkpoints, places
from .errors import DeliveryError, TamperedError
from .models import Checkpoint as StoredCheckpoint
from .models import Delivery, DeliveryState
from .notes import Checkpoint, NoteError


@dataclass(frozen=True)
class Found:
    """The newest checkpoint of one place; none, with a sentence in `fault` where the place could not be read."""

    place: str
    checkpoint: Checkpoint | None
    fault: str = ""


def read_published(*, local: bool = False) -> list[Found]:
    """Return what each readable place holds, or only those on this machine.

    Call it before the transaction that compares: what is published later is in no snapshot. Raises TamperedError
    for a note that no key of ours signed, CannotCheckError where no key is known.
    """
    return [read(place) for place in places.configured() if place.readable and (place.local or not local)]


def read(place: places.Place) -> Found:
    """Return what one place holds; raises as `read_published`."""
    try:
        note = place.latest()
    except DeliveryError as error:
        return Found(place.name, None, str(error))
    try:
        return Found(place.name, checkpoints.opened(note) if note is not None else None)
    except NoteError as error:
        raise TamperedError("the published checkpoint", f"{error} (in the {place.name})") from None


def compare(found: list[Found]) -> list[str]:
    """Return sentences about what should be there and is not, or cannot be read; empty when nothing is amiss.

    Raises TamperedError when the database does not hold a published checkpoint: it is behind, or another one.
    """
    missing = []
    for each in found:
        if each.checkpoint is not None:
            _compare(each.checkpoint)
        elif each.fault:
            missing.append(each.fault)
        elif (size := delivered_size(each.place)) is not None:
            missing.append(f"The {each.place} holds no checkpoint, though one of {size} entries was put there.")
    return missing


def _compare(outside: Checkpoint) -> None:
    stored = StoredCheckpoint.objects.filter(size=outside.size).first()
    if stored is None or bytes(stored.root) != outside.root:
        raise TamperedError(
            f"checkpoint {outside.size}",
            "it was published outside the database, and the database does not hold it: entries were taken away",
        )


def delivered_size(place: str) -> int | None:
    """Return the size of the newest checkpoint that reached a place, None before the first."""
    newest = Delivery.objects.filter(place=place, state=DeliveryState.DELIVERED).order_by("-size").first()
    return newest.size if newest else None
