"""The register of the policy's promises, which each app's `promises` module fills. Plain Python."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from .registry import Registry


class PromiseState(StrEnum):
    """What a measurement found."""

    KEPT = "kept"
    BROKEN = "broken"
    UNKNOWN = "cannot be measured"


Figure = int | float | str | None


@dataclass(frozen=True)
class CheckResult:
    """One measurement: its state, the figures behind it, and an explanation where one is needed."""

    state: PromiseState
    figures: Mapping[str, Figure] = field(default_factory=dict)
    note: str = ""


def kept_if(kept: bool, figures: Mapping[str, Figure], note: str = "") -> CheckResult:  # noqa: FBT001  reads as a sentence
    """Return kept or broken; the note is for a broken one."""
    return CheckResult(PromiseState.KEPT, figures) if kept else CheckResult(PromiseState.BROKEN, figures, note)


@dataclass(frozen=True)
class Promise:
    """One part of a promise: `id` as in the register (P15), what is owed, and how it is measured.

    `measure(now)` reads and never writes; whatever it raises counts as not measurable, named by its class alone.
    """

    id: str
    sentence: str
    measure: Callable[[datetime], CheckResult]


_promises = Registry[Promise]("Promise", lambda promise: f"{promise.id}: {promise.sentence}")
register = _promises.register
declare_promise = _promises.declaring(Promise)


def promises() -> list[Promise]:
    """Return every part by id, and those of one id in the order of registration."""
    return sorted(_promises.values(), key=lambda promise: promise.id)


def measure(promise: Promise, now: datetime) -> CheckResult:
    """Measure one part; a measurement that raises is reported as not measurable, never as kept."""
    try:
        return promise.measure(now)
    except Exception as error:  # noqa: BLE001  an exception's text may hold personal data; its class says enough
        return CheckResult(PromiseState.UNKNOWN, {}, f"The measurement failed: {type(error).__name__}.")


def overall(results: list[CheckResult]) -> PromiseState:
    """Return broken when any is, else cannot be measured when any is or there is none, else kept."""
    states = {result.state for result in results}
    if PromiseState.BROKEN in states:
        return PromiseState.BROKEN
    return PromiseState.UNKNOWN if PromiseState.UNKNOWN in states or not states else PromiseState.KEPT
