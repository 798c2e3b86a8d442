"""Kinds of cases: each app declares its own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from accounts.identity.roles import Role
from audit.log.event_types import EventType
from core.registry import Registry

#: acts that every kind shares: becoming the one who holds a case; asking the person a question; the end of the wait
TAKE, ASK, RESUME = "take", "ask_user", "resume"


@dataclass(frozen=True)
class CaseEvents:
    """The event types of a kind.

    Each payload has `case`; also `officer` that of `assigned`, `note` that of `noted`, `question` those of `asked`,
    `answered` and `unanswered`.
    """

    shown: EventType
    act_refused: EventType
    taken: EventType | None = None
    released: EventType | None = None
    assigned: EventType | None = None
    noted: EventType | None = None
    asked: EventType | None = None
    answered: EventType | None = None
    unanswered: EventType | None = None


@dataclass(frozen=True)
class CaseKind:
    """One kind of case. `title` is that of its queue, `url` the name of the staff page of one case.

    `notes` and `questions` are the models of what staff write about a case and ask the person, where they may.

    `workers` hold cases one at a time; empty where nobody holds one and each act has a rule of its own. `transitions`
    says which act leads from which state to which; what is not in it is refused. `hidden` are events left out of the
    timeline. `runs` is the condition that the deadline of a case runs. Where not every case of a kind has the same
    acts, `acts_of` returns those of one: act → the state that it leads to.
    """

    name: str
    model: type[Any]
    title: Any
    url: str
    readers: frozenset[Role]
    events: CaseEvents
    notes: Any = None
    questions: Any = None
    workers: frozenset[Role] = frozenset()
    transitions: Mapping[Any, Mapping[Any, str]] = field(default_factory=dict)
    hidden: tuple[str, ...] = ()
    runs: Q = field(default_factory=Q)
    acts_of: Callable[[Any], Mapping[Any, str]] | None = None

    @property
    def workable(self) -> list[Any]:
        """Return the states of an open case in which it waits for staff, not for an answer."""
        return [state for state, acts in self.transitions.items() if TAKE in acts and RESUME not in acts]

    def acts(self, case: Any) -> Mapping[Any, str]:
        """Return act → the state that it leads to, of what may be done to this case now."""
        return self.acts_of(case) if self.acts_of else self.transitions[case.state]


case_kinds = Registry[CaseKind]("Kind of case")
declare_case = case_kinds.declaring(CaseKind)
