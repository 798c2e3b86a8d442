"""A second person approves or declines, and another reviews what was read.

Never the asker; two people approve where the user has not agreed before.
"""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from cases.log_case import log_case
from humanaccess import events, selectors
from humanaccess.errors import AccessClosedError, InvalidError
from humanaccess.models import ApprovalRequest, Grant, Review
from humanaccess.policies import may_decide, may_review, must_be_reviewable
from humanaccess.states import ApprovalState, Finding, Verdict

from .progress import add_decision, locked_request, move_request, open_grant


def _check(locked: ApprovalRequest, decider: User, now: datetime) -> None:
    may_decide(decider, locked, selectors.get_user(locked.asker), selectors.get_user(locked.subject), now)


def approve_request(
    approval_request: ApprovalRequest, *, actor: User, now: datetime, note: str = "", has_seen_refusal: bool = False
) -> Grant | None:
    """Approve, and return the grant; None while another approval is needed.

    An approval counts while its author holds the right. `has_seen_refusal` says that the approver was shown that the
    user had not agreed to the same items, or to others beside them: demanded where that is so. Raises AccessDeniedError
    for the asker, their other accounts, who lacks the right, and where nobody would be left to review.
    """
    with locked_request("approve", approval_request, actor=actor, now=now) as locked:
        _check(locked, actor, now)
        refused = bool(selectors.list_refused_before(locked))
        if refused and not has_seen_refusal:
            raise InvalidError(
                _("The user has not agreed to one of these items. Confirm that you have seen this."),
                field="has_seen_refusal",
                rule="required",
            )
        add_decision(locked, Verdict.APPROVED, decided_by=actor.reference, text=note, now=now, saw_refusal=refused)
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


def review_grant(grant: Grant, *, actor: User, finding: Finding, now: datetime, note: str = "") -> Review:
    """Record the review of a grant that has ended; raises AccessClosedError while it is live or once it is reviewed."""
    with locked_request("review", grant.approval_request, actor=actor, now=now) as locked:
        may_review(actor, locked)
        current = Grant.objects.get(pk=grant.pk)
        if current.end_of(now) is None:
            raise AccessClosedError(_("This access is still open. It is reviewed once it has ended."), rule="live")
        if Review.objects.filter(grant=current).exists():
            raise AccessClosedError(_("This was reviewed before."), rule="reviewed")
        review = Review(
            grant=current,
            subject=grant.subject,
            reviewed_by=actor.reference,
            finding=finding,
            reads=selectors.list_reads(locked.reference).count(),
            reviewed_at=now,
        )
        review.save(force_insert=True)
        log_case(
            events.GRANT_REVIEWED,
            locked,
            actor=actor_of(actor),
            now=now,
            personal={"note": note},
            grant=str(grant.pk),
            finding=finding.value,
            reads=review.reads,
        )
    return review
