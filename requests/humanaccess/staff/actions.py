"""What the buttons on the page of an approval request do: each is one call of a service."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.identity.models import User
from core.actions import Action
from humanaccess import services
from humanaccess.errors import AccessClosedError
from humanaccess.forms import DecideForm, ReviewForm
from humanaccess.models import ApprovalRequest, Grant
from humanaccess.presenters import grant_of
from humanaccess.states import Finding


def _grant(approval_request: ApprovalRequest) -> Grant:
    grant = grant_of(approval_request)
    if grant is None:
        raise AccessClosedError(_("No access was given on this approval request."), rule="no_grant")
    return grant


def _decline(approval_request: ApprovalRequest, *, actor: User, now: datetime, note: str, **_more: object) -> object:
    return services.decline_request(approval_request, actor=actor, note=note, now=now)


def _close(approval_request: ApprovalRequest, *, actor: User, now: datetime) -> None:
    services.close_grant(_grant(approval_request), reader=actor, now=now)


def _revoke(approval_request: ApprovalRequest, *, actor: User, now: datetime) -> None:
    services.revoke_grant(_grant(approval_request), actor=actor, now=now)


def _review(approval_request: ApprovalRequest, *, actor: User, now: datetime, finding: str, note: str) -> None:
    services.review_grant(_grant(approval_request), actor=actor, finding=Finding(finding), note=note, now=now)


def _approved(decided: object) -> Any:
    if decided is None:
        return _("Your approval is recorded. Access opens once another approver has approved.")
    return _("Your approval is recorded.")


#: what opens access, or finds that it was in order, needs a recent step-up; what ends or withdraws needs none
ACTIONS: dict[str, Action] = {
    "cancel": Action(_lazy("Withdraw"), "", _lazy("The approval request is withdrawn."), services.cancel_request),
    "approve": Action(_lazy("Approve"), "", _approved, services.approve_request, DecideForm, decides=True),
    "decline": Action(
        _lazy("Decline"), "", _lazy("The approval request is declined."), _decline, DecideForm, decides=True
    ),
    "close": Action(_lazy("Give it back"), "", _lazy("You gave the access back."), _close),
    "revoke": Action(_lazy("End this access"), "", _lazy("The access has ended."), _revoke),
    "review": Action(
        _lazy("Record the review"), "", _lazy("Your review is recorded."), _review, ReviewForm, decides=True
    ),
}
