"""Approval requests as a kind of case. Nobody holds one: who may decide or review is a rule of each ground."""

from django.utils.translation import gettext_lazy as _

from cases.kinds import CaseEvents, declare_case

from . import events
from .models import ApprovalRequest
from .policies import VIEWERS

APPROVALS = declare_case(
    name="approvals",
    model=ApprovalRequest,
    title=_("Approval requests"),
    url="admin:humanaccess_approval",
    readers=VIEWERS,
    events=CaseEvents(shown=events.ASK_OPENED, act_refused=events.ACT_REFUSED),
    hidden=("humanaccess.ask.opened", "inbox.letter.posted"),
)
