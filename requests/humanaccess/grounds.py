"""The four grounds of Limited Use, a closed list: who may ask, who decides, for how long. Plain Python."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from accounts.identity.roles import Role


class Ground(StrEnum):
    """Why a person may look at a user's data. There is no fifth."""

    AGREEMENT = "agreement"
    SECURITY = "security"
    LEGAL = "legal"
    AGGREGATE = "aggregate"


@dataclass(frozen=True)
class Rule:
    """What one ground demands.

    `approver` is the right that decides, None where the user does. `is_open` says whether asks on this ground
    are taken at all. A look lasts `window_default` unless the ask says otherwise, `window_max` at most; an ask
    that nobody answers dies after `ask_lifetime`. With `review_each` every grant that was read under is reviewed.
    """

    ground: Ground
    askers: frozenset[Role]
    approver: Role | None
    window_default: timedelta
    window_max: timedelta
    ask_lifetime: timedelta
    is_open: bool
    needs_abuse_reference: bool = False
    review_each: bool = False


_DAY = timedelta(days=1)

RULES: dict[Ground, Rule] = {
    Ground.AGREEMENT: Rule(
        Ground.AGREEMENT,
        askers=frozenset({Role.SUPPORT, Role.SECURITY_ENGINEER, Role.PRIVACY_OFFICER}),
        approver=None,
        window_default=_DAY,
        window_max=5 * _DAY,
        ask_lifetime=7 * _DAY,
        is_open=True,
    ),
    Ground.SECURITY: Rule(
        Ground.SECURITY,
        askers=frozenset({Role.SECURITY_ENGINEER}),
        approver=Role.APPROVER_SECURITY,
        window_default=timedelta(hours=4),
        window_max=_DAY,
        ask_lifetime=2 * _DAY,
        is_open=True,
        needs_abuse_reference=True,
        review_each=True,
    ),
    Ground.LEGAL: Rule(
        Ground.LEGAL,
        askers=frozenset({Role.LEGAL_COUNSEL}),
        approver=Role.APPROVER_LEGAL,
        window_default=_DAY,
        window_max=5 * _DAY,
        ask_lifetime=7 * _DAY,
        is_open=False,
        review_each=True,
    ),
    Ground.AGGREGATE: Rule(
        Ground.AGGREGATE,
        askers=frozenset(),
        approver=None,
        window_default=timedelta(0),
        window_max=timedelta(0),
        ask_lifetime=timedelta(0),
        is_open=False,
    ),
}

#: how many items one ask may name
MAX_ITEMS = 50
#: a look never lasts less than this, or nobody could use it
WINDOW_MIN = timedelta(minutes=15)
#: unreviewed reads block their reader's new asks from this time after the grant ended
REVIEW_WITHIN = _DAY
