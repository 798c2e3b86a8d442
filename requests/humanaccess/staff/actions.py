"""What the buttons on the page of an approval request do: each is one call of a service."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _, gettext_lazy as _lazy

from accounts.identity.models import User
from core.actions import Action
from humanaccess import services
from humanaccess.errors import AccessClosedError
from humanaccess.forms import DecideForm, DeclineForm, ReviewForm, SettleForm
from humanaccess.models import ApprovalRequest, Grant
from humanaccess.presenters import grant_of
from humanaccess.states import Finding, FollowUpKind


def _grant(approval_request: ApprovalRequest) -> Grant:
    grant = grant_of(approval_request)
    if grant is None:
        raise AccessClosedError(_("No access was given on this approval request."), rule="no_grant")
    return grant


def _close(approval_request: ApprovalRequest, *, actor: User, now: datetime) -> None:
    services.close_grant(_grant(approval_request), reader=actor, now=now)


def _revoke(approval_request: ApprovalRequest, *, actor: User, now: datetime) -> None:
    services.revoke_grant(_grant(approval_request), actor=actor, now=now)


def _review(approval_request: ApprovalRequest, *, finding: str, follow_up: str, **facts: Any) -> None:
    kind = FollowUpKind(follow_up) if follow_up else None
    services.review_grant(_grant(approval_request), finding=Finding(finding), follow_up=kind, **facts)


def _approved(decided: object) -> Any:
    if decided is None:
        return _("Your approval is recorded. Access opens once another approver has approved.")
    return _("Your approval is recorded.")


#: what opens access, or finds that it was in order, needs a recent step-up; what ends or withdraws needs none
ACTIONS: dict[str, Action] = {
    "cancel": Action(
        _lazy("Withdraw this approval request"),
        _lazy("It is closed, and nobody can approve it any more."),
        _lazy("The approval request is withdrawn."),
        services.cancel_request,
        button=_lazy("Withdraw"),
    ),
    "approve": Action(
        _lazy("Approve this access"),
        "",  # `ApprovalRequestAdmin.adapt` says for how long, and to how much
        _approved,
        services.approve_request,
        DecideForm,
        button=_lazy("Approve"),
        decides=True,
    ),
    "decline": Action(
        _lazy("Decline this access"),
        _lazy("The approval request is closed at once. The person is not written to: nothing of theirs was read."),
        _lazy("The approval request is declined."),
        services.decline_request,
        DeclineForm,
        button=_lazy("Decline"),
        danger=True,
        decides=True,
    ),
    "close": Action(
        _lazy("Give this access back"),
        _lazy("Nothing more can be read under it. The person is told how often it was used."),
        _lazy("You gave the access back."),
        _close,
        button=_lazy("Give it back"),
    ),
    "revoke": Action(
        _lazy("End this access"),
        _lazy("Nothing more can be read under it, from the next read on. The person is told how often it was used."),
        _lazy("The access has ended."),
        _revoke,
        danger=True,
    ),
    "review": Action(
        _lazy("Review this access"),
        _lazy("Say whether what was read fits the reason. Your finding is kept with the access and in the log."),
        _lazy("Your review is recorded."),
        _review,
        ReviewForm,
        button=_lazy("Record the review"),
        decides=True,
    ),
    "settle": Action(
        _lazy("Settle what was to follow"),
        _lazy("Say what was done about the concern. Your words are kept, encrypted, and the person is shown none."),
        _lazy("It is settled."),
        services.settle_follow_up,
        SettleForm,
        button=_lazy("Settle"),
        decides=True,
    ),
}
