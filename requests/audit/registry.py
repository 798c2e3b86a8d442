"""The typed register of events: what may be logged, with which fields, said in which sentence."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from .errors import UnknownEventError
from .schema import TICKET_CEILING

Holder = Literal["subject", "actor", "both"]
Outcome = Literal["ok", "refused", "failed"]
_NAME = re.compile(r"[a-z]+\.[a-z_]+(\.[a-z_]+)+")
#: codes, references, times, digests, keys, file names: nothing that a person would write as a sentence or an address
_MACHINE_TEXT = re.compile(r"[A-Za-z0-9._:/+=,#-]{0,300}")
_WORDS = re.compile(r"[A-Za-z0-9 ._:;/+=,#()'<>!?*-]{0,500}")
_NO_WORD = re.compile(r"[^A-Za-z0-9 ._:;/+=,#()'<>!?*-]")


class Words:
    """A payload field of the program's own words, which no person types: a reason, a difference found."""

    @staticmethod
    def clean(text: str) -> str:
        """Return a text of ours in which a name may stand that somebody else chose, with nothing else in it."""
        return _NO_WORD.sub("?", text)[:500]


@dataclass(frozen=True)
class EventType:
    """One kind of event.

    `payload` names the fields that stand in the leaf and their types (a field may always be None): text in them is
    a machine's, without spaces, unless the type is `Words`, since it stays for ever and a person may type an address;
    `personal` names the sealed ones and whose key seals them; `opens` says that a committed entry of this
    kind is a ticket to unseal its subject's values, `ticket_seconds` for how long by the database's clock;
    `retention` names the rule for the sealed part.
    """

    name: str
    version: int
    sentence: str
    payload: Mapping[str, type | tuple[type, ...]] = field(default_factory=dict)
    personal: Mapping[str, Holder] = field(default_factory=dict)
    opens: bool = False
    ticket_seconds: int = 60
    retention: str = "evidence"

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"Event name {self.name!r} is not <app>.<noun>.<past verb>.")
        if self.ticket_seconds > TICKET_CEILING:
            raise ValueError(f"Event {self.name!r}: no ticket lives longer than {TICKET_CEILING} seconds.")


_events: dict[str, EventType] = {}
#: how the codes in a payload are said, by app and field
_words: dict[tuple[str, str], Callable[[str], object | None]] = {}


def register(event: EventType) -> EventType:
    """Add one kind of event and return it; raises ValueError when the name is taken."""
    if event.name in _events:
        raise ValueError(f"Event {event.name!r} is registered twice.")
    _events[event.name] = event
    return event


def get(name: str) -> EventType:
    """Return the event type; raises UnknownEventError."""
    try:
        return _events[name]
    except KeyError:
        raise UnknownEventError(name) from None


def broken_rule(kind: type | tuple[type, ...], value: object) -> str:
    """Return the rule of a payload field that its value breaks; empty where it keeps it."""
    if kind is Words:
        fits = isinstance(value, str) and _WORDS.fullmatch(value) is not None
        return "" if fits else "holds more than words of the program's own"
    if not isinstance(value, kind):
        return "has a value of another kind"
    return "" if _is_machines(value) else "holds text that is no code, number, reference, time or machine's name"


def _is_machines(value: object) -> bool:
    if isinstance(value, str):
        return _MACHINE_TEXT.fullmatch(value) is not None
    if isinstance(value, dict):
        return all(map(_is_machines, value)) and all(map(_is_machines, value.values()))
    return all(map(_is_machines, value)) if isinstance(value, list) else True


def names() -> list[str]:
    """Return every registered name, sorted."""
    return sorted(_events)


def personal_rules() -> dict[str, list[Holder]]:
    """Return for each event and version (`name@1`) whose key encrypts each of its personal fields."""
    return {f"{event.name}@{event.version}": list(event.personal.values()) for event in _events.values()}


def register_words(app: str, **fields: Callable[[str], object | None]) -> None:
    """Say how an app's codes read: for each payload field a function from the code to its words, or None."""
    _words.update({(app, name): say for name, say in fields.items()})


def words_of(event: str, field: str, code: str) -> str:
    """Return the words for a code in the payload of an event; the code itself where its app knows none."""
    say = _words.get((event.partition(".")[0], field))
    return str((say(code) if say else None) or code)
