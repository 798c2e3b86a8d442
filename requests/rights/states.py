"""The kinds, states and steps of a request, and one table of which state may follow which."""

from collections.abc import Mapping
from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Kind(TextChoices):
    """What a person may ask about their data (GDPR articles 15 to 21)."""

    ACCESS = "access", _("access")
    PORTABILITY = "portability", _("portability")
    CORRECTION = "correction", _("correction")
    DELETION = "deletion", _("deletion")
    RESTRICTION = "restriction", _("restriction")
    OBJECTION = "objection", _("objection")


#: the kinds whose steps are implemented
OFFERED = frozenset({Kind.ACCESS})


class Channel(TextChoices):
    """How a request reached the office."""

    SETTINGS = "settings", _("settings page")


class RequestState(TextChoices):
    """How far a request has come."""

    RECEIVED = "received", _("received")
    VERIFYING = "verifying", _("being verified")
    IN_PROGRESS = "in_progress", _("in progress")
    AWAITING_USER = "awaiting_user", _("waiting for an answer")
    REVIEW = "review", _("in review")
    FULFILLED = "fulfilled", _("fulfilled")
    REFUSED = "refused", _("refused")
    WITHDRAWN = "withdrawn", _("withdrawn")


OPEN = frozenset(RequestState) - {RequestState.FULFILLED, RequestState.REFUSED, RequestState.WITHDRAWN}


class AllowedAct(StrEnum):
    """What may be done to a request."""

    TAKE = "take"
    START = "start"
    STOP = "stop"
    SETTLE = "settle"
    ASK_USER = "ask_user"
    RESUME = "resume"
    APPROVE = "approve"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


#: what an officer does; the rest is done by the steps and the user
OFFICER_ACTS = frozenset(AllowedAct) - {AllowedAct.SETTLE, AllowedAct.WITHDRAW}

_CLOSING = {AllowedAct.REFUSE: RequestState.REFUSED, AllowedAct.WITHDRAW: RequestState.WITHDRAWN}

#: state → act → next state; what is not here is refused
TRANSITIONS: Mapping[RequestState, Mapping[AllowedAct, RequestState]] = {
    RequestState.RECEIVED: {AllowedAct.TAKE: RequestState.VERIFYING, **_CLOSING},
    RequestState.VERIFYING: {
        AllowedAct.TAKE: RequestState.VERIFYING,
        AllowedAct.START: RequestState.IN_PROGRESS,
        AllowedAct.ASK_USER: RequestState.AWAITING_USER,
        **_CLOSING,
    },
    RequestState.IN_PROGRESS: {
        AllowedAct.TAKE: RequestState.IN_PROGRESS,
        AllowedAct.SETTLE: RequestState.REVIEW,
        AllowedAct.STOP: RequestState.VERIFYING,
        AllowedAct.ASK_USER: RequestState.AWAITING_USER,
        **_CLOSING,
    },
    RequestState.AWAITING_USER: {
        AllowedAct.TAKE: RequestState.AWAITING_USER,
        # The answer may change what is to be done: an officer starts the work anew.
        AllowedAct.RESUME: RequestState.VERIFYING,
        **_CLOSING,
    },
    RequestState.REVIEW: {AllowedAct.TAKE: RequestState.REVIEW, AllowedAct.APPROVE: RequestState.FULFILLED, **_CLOSING},
    RequestState.FULFILLED: {},
    RequestState.REFUSED: {},
    RequestState.WITHDRAWN: {},
}


def after(state: RequestState | str, act: AllowedAct) -> RequestState | None:
    """Return the state that `act` leads to, None where it may not be done."""
    return TRANSITIONS[RequestState(state)].get(act)


class Verb(TextChoices):
    """What a step does."""

    EXPORT = "export", _("export")
    ASSEMBLE = "assemble", _("put together")


class StepStatus(TextChoices):
    """How far a step has come; a failed one is tried again until it needs an officer's attention."""

    WAITING = "waiting", _("waiting")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed, will be tried again")
    NEEDS_ATTENTION = "parked", _("needs attention")
    EXCLUDED = "left_out", _("left out")


#: a worker may lease these (a running one only once its lease ran out)
LEASABLE = frozenset({StepStatus.WAITING, StepStatus.RUNNING, StepStatus.FAILED})
#: nothing more happens to these
SETTLED = frozenset({StepStatus.DONE, StepStatus.EXCLUDED})


class RefusalGround(TextChoices):
    """Why a request may be refused (GDPR 11(2), 12(2), 12(5), 15(4), 23)."""

    UNFOUNDED = "unfounded", _("manifestly unfounded (GDPR 12(5))")
    EXCESSIVE = "excessive", _("excessive, in particular repeated (GDPR 12(5))")
    NOT_IDENTIFIED = "not_identified", _("the person could not be identified (GDPR 11(2), 12(2))")
    RIGHTS_OF_OTHERS = "rights_of_others", _("the rights and freedoms of others (GDPR 15(4))")
    FORBIDDEN_BY_LAW = "forbidden_by_law", _("a law forbids it (GDPR 23)")


class ExclusionReason(TextChoices):
    """Why an officer delivers a package without one data category; the package says so."""

    TECHNICAL_FAULT = "technical_fault", _("a technical fault kept us from reading it")
    HELD_ELSEWHERE = "held_elsewhere", _("it is held by another controller, who has to be asked")
    RIGHTS_OF_OTHERS = "rights_of_others", _("it would affect the rights and freedoms of others")
