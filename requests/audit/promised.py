"""What the policy promises, and who measures it: the register that each app's `promises` fills. Plain Python."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class State(StrEnum):
    """What a measurement found."""

    KEPT = "kept"
    BROKEN = "broken"
    UNKNOWN = "cannot be measured"


Figure = int | float | str | None


@dataclass(frozen=True)
class Finding:
    """One measurement: its state, the figures it rests on, and a sentence where something is to be said."""

    state: State
    figures: Mapping[str, Figure] = field(default_factory=dict)
    note: str = ""


def kept_if(kept: bool, figures: Mapping[str, Figure], note: str = "") -> Finding:  # noqa: FBT001  reads as a sentence
    """Return kept or broken; the note is for a broken one."""
    return Finding(State.KEPT, figures) if kept else Finding(State.BROKEN, figures, note)


@dataclass(frozen=True)
class Promise:
    """One part of a promise: `id` as in the register (P15), what is owed, and how it is measured.

    `measure(now)` reads and never writes; whatever it raises counts as not measurable, named by its class alone.
    """

    id: str
    sentence: str
    measure: Callable[[datetime], Finding]


_promises: list[Promise] = []


def register(promise: Promise) -> Promise:
    """Add one part; raises ValueError when the same sentence is promised twice."""
    if any((each.id, each.sentence) == (promise.id, promise.sentence) for each in _promises):
        raise ValueError(f"{promise.id}: {promise.sentence!r} is promised twice.")
    _promises.append(promise)
    return promise


def promises() -> list[Promise]:
    """Return every part, by id."""
    return sorted(_promises, key=lambda promise: promise.id)


def measure(promise: Promise, now: datetime) -> Finding:
    """Return what a measurement found; a measurement that fails is no promise kept."""
    try:
        return promise.measure(now)
    except Exception as error:  # noqa: BLE001  an exception's text may hold personal data; its class says enough
        return Finding(State.UNKNOWN, {}, f"The measurement failed: {type(error).__name__}.")


def overall(findings: list[Finding]) -> State:
    """Return broken when any is, else cannot be measured when any is or there is none, else kept."""
    states = {finding.state for finding in findings}
    if State.BROKEN in states:
        return State.BROKEN
    return State.UNKNOWN if State.UNKNOWN in states or not states else State.KEPT
