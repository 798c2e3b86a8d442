"""A second person approves or declines.

Never the asker; two people approve where the user has not agreed before.
"""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from cases.log_case import log_case
from humanaccess import events, selectors
from humanaccess.errors import InvalidError
from humanaccess.models import ApprovalRequest, Grant
from humanaccess.policies import may_decide, must_be_reviewable
from humanaccess.states import ApprovalState, Verdict

from .progress import add_decision, check_duration, locked_request, minutes_of, move_request, open_grant


def _check(locked: ApprovalRequest, decider: User, now: datetime) -> None:
    may_decide(decider, locked, selectors.get_user(locked.asker), selectors.get_user(locked.subject), now)


def approve_request(
    approval_request: ApprovalRequest,
    *,
    actor: User,
    now: datetime,
    note: str = "",
    has_seen_refusal: bool = False,
    window: timedelta | None = None,
) -> Grant | None:
    """Approve, and return the grant; None while another approval is needed.

    An approval counts while its author holds the right. `has_seen_refusal` says that the approver was shown that the
    user had not agreed to the same items, or to others beside them: demanded where that is so. `window` makes access
    shorter than was requested, never longer; the shortest that anybody chose holds. Raises AccessDeniedError for the
    asker, their other accounts, who lacks the right, and where nobody would be left to review.
    """
    with locked_request("approve", approval_request, actor=actor, now=now) as locked:
        _check(locked, actor, now)
        refused = bool(selectors.list_earlier_answers(locked))
        if refused and not has_seen_refusal:
            raise InvalidError(
                _("The user has not agreed to one of these items. Confirm that you have seen this."),
                field="has_seen_refusal",
                rule="required",
            )
        check_duration(window, locked)
        add_decision(
            locked,
            Verdict.APPROVED,
            decided_by=actor.reference,
            text=note,
            now=now,
            saw_refusal=refused,
            window=window,
        )
        approvals, needed = selectors.count_approvals(locked)
        log_case(
            events.ASK_APPROVED,
            locked,
            actor=actor_of(actor),
            now=now,
            personal={"note": note},
            approvals=approvals,
            needed=needed,
            saw_refusal=refused,
            window_minutes=minutes_of(window or locked.window),
        )
        if approvals < needed:
            return None
        must_be_reviewable(locked)
        move_request(locked, ApprovalState.APPROVED, now)
        return open_grant(locked, actor=actor_of(actor), now=now)


def decline_request(
    approval_request: ApprovalRequest, *, actor: User, now: datetime, note: str = ""
) -> ApprovalRequest:
    """Decline; one such decision closes the request. Raises like `approve_request`."""
    with locked_request("decline", approval_request, actor=actor, now=now) as locked:
        _check(locked, actor, now)
        move_request(locked, ApprovalState.REFUSED, now)
        add_decision(locked, Verdict.DECLINED, decided_by=actor.reference, text=note, now=now)
        log_case(events.ASK_DECLINED, locked, actor=actor_of(actor), now=now, personal={"note": note})
    return locked
