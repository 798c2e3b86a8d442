"""The four grounds of Limited Use, a closed list: who may request access, who decides, for how long. Plain Python."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from accounts.identity.roles import Role


class Ground(StrEnum):
    """Why a member of staff may read a user's data."""

    AGREEMENT = "agreement"
    SECURITY = "security"
    LEGAL = "legal"
    AGGREGATE = "aggregate"


@dataclass(frozen=True)
class Rule:
    """What one ground requires.

    `approvers` are the roles that decide, none where the user does. `reviewers` are the roles that review, in this
    order: the first that has somebody left. `is_open` says whether requests on this ground are accepted at all. Access
    lasts `window_default` unless the request names another duration, `window_max` at most; a request that nobody
    answers expires after `request_lifetime`. With `review_each` every grant that was used is reviewed.
    """

    askers: frozenset[Role] = frozenset()
    approvers: frozenset[Role] = frozenset()
    reviewers: tuple[Role, ...] = ()
    window_default: timedelta = timedelta(0)
    window_max: timedelta = timedelta(0)
    request_lifetime: timedelta = timedelta(0)
    is_open: bool = False
    needs_abuse_reference: bool = False
    needs_process: bool = False
    review_each: bool = False

    @property
    def is_sampled(self) -> bool:
        """Return whether chance decides which of its grants are reviewed, of those that were used."""
        return bool(self.reviewers) and not self.review_each


_DAY = timedelta(days=1)

RULES: dict[Ground, Rule] = {
    Ground.AGREEMENT: Rule(
        askers=frozenset({Role.SUPPORT, Role.SECURITY_ENGINEER, Role.PRIVACY_OFFICER}),
        reviewers=(Role.PRIVACY_OFFICER, Role.APPROVER_SECURITY, Role.ADMINISTRATOR),
        window_default=_DAY,
        window_max=5 * _DAY,
        request_lifetime=7 * _DAY,
        is_open=True,
    ),
    Ground.SECURITY: Rule(
        askers=frozenset({Role.SECURITY_ENGINEER}),
        approvers=frozenset({Role.APPROVER_SECURITY}),
        reviewers=(Role.APPROVER_SECURITY, Role.PRIVACY_OFFICER, Role.ADMINISTRATOR),
        window_default=timedelta(hours=4),
        window_max=_DAY,
        request_lifetime=2 * _DAY,
        is_open=True,
        needs_abuse_reference=True,
        review_each=True,
    ),
    Ground.LEGAL: Rule(
        askers=frozenset({Role.LEGAL_COUNSEL}),
        approvers=frozenset({Role.APPROVER_LEGAL, Role.LEGAL_COUNSEL}),
        reviewers=(Role.PRIVACY_OFFICER, Role.APPROVER_LEGAL),
        window_default=_DAY,
        window_max=5 * _DAY,
        request_lifetime=7 * _DAY,
        is_open=True,
        needs_process=True,
        review_each=True,
    ),
    # Nobody files a request: `askers` run the queries of `aggregates.py`, which show no person's data.
    Ground.AGGREGATE: Rule(
        askers=frozenset({Role.SUPPORT, Role.SECURITY_ENGINEER, Role.PRIVACY_OFFICER, Role.LEGAL_COUNSEL})
    ),
}

#: how many items one request may name
MAX_ITEMS = 50
#: the shortest access: less is too short to read anything
WINDOW_MIN = timedelta(minutes=15)
#: break-glass on the ground of security: how long access lasts that nobody decided on, and for how long nobody opens
#: the same person's data so again, unless it was reviewed
GLASS_WINDOW, GLASS_PAUSE = timedelta(hours=1), _DAY
#: for how long a user's pages say that it happened
GLASS_SHOWN = 7 * _DAY
#: shorter durations that whoever decides may choose, in minutes
SHORTER = (15, 30, 60, 120, 240, 480, 720, 1440, 2880, 4320)
#: unreviewed reads block new requests of their reader from this time after the grant ended
REVIEW_WITHIN = _DAY
#: by when an auditor is to review a run of an aggregate query that was drawn
RUN_REVIEW_WITHIN = 7 * _DAY
