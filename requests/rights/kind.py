"""Rights requests as a kind of case."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.identity.roles import Role
from cases.kinds import CaseEvents, declare_case

from . import events
from .models import RequestNote, RequestQuestion, RightsRequest
from .states import TRANSITIONS, transitions_of

RIGHTS = declare_case(
    name="rights",
    model=RightsRequest,
    notes=RequestNote,
    questions=RequestQuestion,
    title=_("Rights requests"),
    url="admin:rights_request",
    # Counsel and administrators sign a deletion off where the office has no second officer.
    readers=frozenset({Role.PRIVACY_OFFICER, Role.AUDITOR, Role.LEGAL_COUNSEL, Role.ADMINISTRATOR}),
    workers=frozenset({Role.PRIVACY_OFFICER}),
    events=CaseEvents(
        shown=events.REQUEST_SHOWN,
        act_refused=events.ACT_REFUSED,
        taken=events.REQUEST_TAKEN,
        released=events.REQUEST_RELEASED,
        assigned=events.REQUEST_ASSIGNED,
        noted=events.REQUEST_NOTED,
        asked=events.QUESTION_ASKED,
        answered=events.QUESTION_ANSWERED,
        unanswered=events.QUESTION_CLOSED,
    ),
    transitions=TRANSITIONS,
    # too many for a timeline, and the steps show them already
    hidden=(
        "rights.step.started",
        "rights.step.finished",
        "rights.step.done",
        "rights.request.shown",
        "rights.question.opened",
        "rights.correction.opened",
        "inbox.letter.posted",
    ),
    runs=Q(paused_since=None),
    acts_of=lambda request: transitions_of(request.kind, request.state),
)
