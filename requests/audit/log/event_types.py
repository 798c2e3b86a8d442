"""The register of event types: what may be logged, with which fields, rendered as which sentence."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from audit.errors import UnknownEventError
from core.db import AUTHORISATION_SECONDS
from core.registry import Registry

Holder = Literal["subject", "actor", "both"]
Outcome = Literal["ok", "refused", "failed"]
_NAME = re.compile(r"[a-z]+\.[a-z_]+(\.[a-z_]+)+")
#: codes, references, times, digests, keys, file names: never a sentence or an address that a person typed
_MACHINE_TEXT = re.compile(r"[A-Za-z0-9._:/+=,#-]{0,300}")
_PROGRAM_TEXT = re.compile(r"[A-Za-z0-9 ._:;/+=,#()'<>!?*-]{0,500}")
_NOT_PROGRAM_TEXT = re.compile(r"[^A-Za-z0-9 ._:;/+=,#()'<>!?*-]")


class ProgramText:
    """Type of a payload field whose text the program writes and no person types: a reason, a difference found."""

    @staticmethod
    def clean(text: str) -> str:
        """Return the text with every character that such a field may not hold replaced: names may come from others."""
        return _NOT_PROGRAM_TEXT.sub("?", text)[:500]


@dataclass(frozen=True)
class EventType:
    """One kind of event.

    `payload` maps the fields of the leaf to their types; any may be None. The leaf is kept for ever, so text in it is
    a code without spaces, unless the type is ProgramText; for a StrEnum it is one of its values. `personal` maps the
    encrypted fields to whose key encrypts them. A committed entry of an event with `authorises_decryption` permits
    decrypting its subject's data for `authorisation_seconds`, by the database's clock. `retention` names the rule for
    the encrypted part. Events with `is_routine` a machine writes again and again, about nobody:
    the list of the log leaves them out unless asked.
    """

    name: str
    sentence: str
    payload: Mapping[str, type | tuple[type, ...]] = field(default_factory=dict)
    personal: Mapping[str, Holder] = field(default_factory=dict)
    authorises_decryption: bool = False
    authorisation_seconds: int = 60
    retention: str = "evidence"
    is_routine: bool = False
    version: int = 1

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"Event name {self.name!r} is not <app>.<noun>.<past verb>.")
        if self.authorisation_seconds > AUTHORISATION_SECONDS:
            raise ValueError(f"Event {self.name!r}: no entry authorises longer than {AUTHORISATION_SECONDS} seconds.")


_events = Registry[EventType]("Event")
declare = _events.declaring(EventType)
#: (app, payload field) → function from a code to its label
_labels: dict[tuple[str, str], Callable[[str], object | None]] = {}


def get(name: str) -> EventType:
    """Return the event type; raises UnknownEventError."""
    try:
        return _events[name]
    except KeyError:
        raise UnknownEventError(name) from None


def broken_rule(kind: type | tuple[type, ...], value: object) -> str:
    """Return the rule that a payload field's value breaks, empty where it breaks none."""
    if kind is ProgramText:
        fits = isinstance(value, str) and _PROGRAM_TEXT.fullmatch(value) is not None
        return "" if fits else "holds more than words of the program's own"
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return "" if value in list(kind) else "is not on the closed list"
    if not isinstance(value, kind):
        return "has a value of another kind"
    return "" if _is_code(value) else "holds text that is no code, number, reference, time or machine's name"


def _is_code(value: object) -> bool:
    if isinstance(value, str):
        return _MACHINE_TEXT.fullmatch(value) is not None
    if isinstance(value, dict):
        return all(map(_is_code, value)) and all(map(_is_code, value.values()))
    return all(map(_is_code, value)) if isinstance(value, list) else True


def names() -> list[str]:
    return sorted(_events)


def routine_names() -> tuple[str, ...]:
    return tuple(sorted(event.name for event in _events.values() if event.is_routine))


def personal_rules() -> dict[str, list[Holder]]:
    """Return for each event and version (`name@1`) whose key encrypts each of its personal fields."""
    return {f"{event.name}@{event.version}": list(event.personal.values()) for event in _events.values()}


def register_labels(app: str, **fields: Callable[[str], object | None]) -> None:
    """Register for each payload field a function from a code to its label, or None where it has none."""
    _labels.update({(app, name): label for name, label in fields.items()})


def labels_of(event: str, field: str, code: str) -> str:
    """Return the label of a code in an event's payload; the code itself where its app has none."""
    label = _labels.get((event.partition(".")[0], field))
    return str((label(code) if label else None) or code)
