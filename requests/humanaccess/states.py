"""The states of an approval request and of a grant. Plain Python."""

from enum import StrEnum


class ApprovalState(StrEnum):
    """How far an approval request has come."""

    ASKED = "asked"
    AGREED = "agreed"
    APPROVED = "approved"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Answer(StrEnum):
    """What the user answered for one item; `none` where the user does not decide, or has not yet."""

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
