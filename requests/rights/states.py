"""The kinds, states and steps of a request, and one table of what may follow what. Plain Python."""

from collections.abc import Mapping
from enum import StrEnum


class Kind(StrEnum):
    """What a person may ask about their data (GDPR articles 15 to 21)."""

    ACCESS = "access"
    PORTABILITY = "portability"
    CORRECTION = "correction"
    DELETION = "deletion"
    RESTRICTION = "restriction"
    OBJECTION = "objection"


#: the kinds whose steps this office knows how to run
OFFERED = frozenset({Kind.ACCESS})


class WayIn(StrEnum):
    """How a request reached the office."""

    SETTINGS = "settings"


class State(StrEnum):
    """How far a request has come."""

    RECEIVED = "received"
    VERIFYING = "verifying"
    IN_PROGRESS = "in_progress"
    AWAITING_USER = "awaiting_user"
    REVIEW = "review"
    FULFILLED = "fulfilled"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


OPEN = frozenset({State.RECEIVED, State.VERIFYING, State.IN_PROGRESS, State.AWAITING_USER, State.REVIEW})


class Act(StrEnum):
    """What may be done to a request."""

    TAKE = "take"
    START = "start"
    SETTLE = "settle"
    ASK_USER = "ask_user"
    RESUME = "resume"
    APPROVE = "approve"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


#: what an officer does; the rest is done by the steps and the user
OFFICER_ACTS = frozenset({Act.TAKE, Act.START, Act.APPROVE, Act.REFUSE})

_CLOSING = {Act.REFUSE: State.REFUSED, Act.WITHDRAW: State.WITHDRAWN}

#: state → act → next state; what is not here is refused
TRANSITIONS: Mapping[State, Mapping[Act, State]] = {
    State.RECEIVED: {Act.TAKE: State.VERIFYING, **_CLOSING},
    State.VERIFYING: {
        Act.TAKE: State.VERIFYING,
        Act.START: State.IN_PROGRESS,
        Act.ASK_USER: State.AWAITING_USER,
        **_CLOSING,
    },
    State.IN_PROGRESS: {
        Act.TAKE: State.IN_PROGRESS,
        Act.SETTLE: State.REVIEW,
        Act.ASK_USER: State.AWAITING_USER,
        **_CLOSING,
    },
    State.AWAITING_USER: {Act.TAKE: State.AWAITING_USER, Act.RESUME: State.IN_PROGRESS, **_CLOSING},
    State.REVIEW: {Act.TAKE: State.REVIEW, Act.APPROVE: State.FULFILLED, **_CLOSING},
    State.FULFILLED: {},
    State.REFUSED: {},
    State.WITHDRAWN: {},
}


def after(state: State | str, act: Act) -> State | None:
    """Return the state that `act` leads to, None where it may not be done."""
    return TRANSITIONS[State(state)].get(act)


class Verb(StrEnum):
    """What a step does."""

    EXPORT = "export"
    ASSEMBLE = "assemble"


class StepStatus(StrEnum):
    """How far a step has come. `failed` is tried again by itself; `parked` waits for an officer."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    PARKED = "parked"
    LEFT_OUT = "left_out"


#: a worker may lease these (a running one only when its lease has run out)
RUNNABLE = frozenset({StepStatus.WAITING, StepStatus.RUNNING, StepStatus.FAILED})
#: nothing more happens to these
SETTLED = frozenset({StepStatus.DONE, StepStatus.LEFT_OUT})
#: attempts after which a step is parked and staff are told
MAX_ATTEMPTS = 5


class RefusalGround(StrEnum):
    """Why a request may be refused (GDPR 11(2), 12(2), 12(5), 15(4), 23)."""

    UNFOUNDED = "unfounded"
    EXCESSIVE = "excessive"
    NOT_IDENTIFIED = "not_identified"
    RIGHTS_OF_OTHERS = "rights_of_others"
    FORBIDDEN_BY_LAW = "forbidden_by_law"


class LeftOutReason(StrEnum):
    """Why an officer lets a package go out without one holding; the package says so."""

    TECHNICAL_FAULT = "technical_fault"
    HELD_ELSEWHERE = "held_elsewhere"
    RIGHTS_OF_OTHERS = "rights_of_others"
