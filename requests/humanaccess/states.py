"""The states of an ask and of a grant, each with its one transition table. Plain Python."""

from enum import StrEnum


class AskState(StrEnum):
    """Where an ask stands."""

    ASKED = "asked"
    AGREED = "agreed"
    APPROVED = "approved"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Answer(StrEnum):
    """What the user said to one item; `none` where the user is not the one who decides, or has not yet."""

    NONE = "none"
    AGREED = "agreed"
    REFUSED = "refused"


class Verdict(StrEnum):
    """What one person decided: a user agrees or refuses, a second person approves or declines."""

    AGREED = "agreed"
    REFUSED = "refused"
    APPROVED = "approved"
    DECLINED = "declined"


class EndReason(StrEnum):
    """Why a grant ended."""

    EXPIRED = "expired"
    USER = "user"
    STAFF = "staff"
    EVENT = "event"
    CLOSED = "closed"


class Finding(StrEnum):
    """What a review found."""

    IN_ORDER = "in_order"
    CONCERN = "concern"


#: every state that an ask may move to, from where it stands; an answer is final
TRANSITIONS: dict[AskState, frozenset[AskState]] = {
    AskState.ASKED: frozenset(AskState) - {AskState.ASKED},
    AskState.AGREED: frozenset(),
    AskState.APPROVED: frozenset(),
    AskState.REFUSED: frozenset(),
    AskState.CANCELLED: frozenset(),
    AskState.EXPIRED: frozenset(),
}


def may_move(state: AskState, to: AskState) -> bool:
    """Return whether an ask in `state` may move on to `to`."""
    return to in TRANSITIONS[state]
