"""Kinds of cases: each app declares its own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from accounts.identity.roles import Role
from audit.log.event_types import EventType
from core.registry import Registry

#: the act by which a member of staff becomes the one who holds a case
TAKE = "take"


@dataclass(frozen=True)
class CaseEvents:
    """The event types of a kind. Each payload has `case`, that of `assigned` also `officer`, that of `noted` `note`."""

    shown: EventType
    act_refused: EventType
    taken: EventType | None = None
    released: EventType | None = None
    assigned: EventType | None = None
    noted: EventType | None = None


@dataclass(frozen=True)
class CaseKind:
    """One kind of case. `title` is that of its queue, `url` the name of the staff page of one case.

    `workers` hold cases one at a time; empty where nobody holds one and each act has a rule of its own. `transitions`
    says which act leads from which state to which; what is not in it is refused. `hidden` are events left out of the
    timeline.
    """

    name: str
    model: type[Any]
    title: Any
    url: str
    readers: frozenset[Role]
    events: CaseEvents
    workers: frozenset[Role] = frozenset()
    transitions: Mapping[Any, Mapping[Any, str]] = field(default_factory=dict)
    hidden: tuple[str, ...] = ()

    def after(self, state: str, act: str) -> str | None:
        """Return the state that `act` leads to, None where it may not be done."""
        return self.transitions[state].get(act)


case_kinds = Registry[CaseKind]("Kind of case")
declare_case = case_kinds.declaring(CaseKind)
