"""An officer asks the person something, and the person answers; where the law allows it, the period rests meanwhile."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from cases import questions
from cases.errors import CaseError
from cases.log_case import log_case
from core import db
from rights import events, letters
from rights.deadlines.calculate import Deadline, Pause, deadline
from rights.deadlines.regimes import REGIMES, PauseReason
from rights.kind import RIGHTS
from rights.models import RequestQuestion, RightsRequest
from rights.selectors import get_own_request

_DAY = timedelta(days=1)


def deadline_fields(answer: Deadline) -> dict[str, Any]:
    """Return the fields of a request that hold its deadline."""
    return {
        "due_on": answer.due_on,
        "due_at": answer.due_at,
        "paused_since": answer.paused_since,
        "derivation": {
            "zone": answer.zone,
            "received_on": answer.received_on.isoformat(),
            "sentences": [{"code": each.code, "params": dict(each.params)} for each in answer.derivation],
        },
    }


def may_pause(request: RightsRequest, now: datetime) -> bool:
    """Return whether the period of a request may rest while a question is open."""
    return PauseReason.CLARIFICATION in REGIMES[request.regime].pauses and request.days_left(now) >= 0


def send_question(reference: str, *, actor: User, text: str, now: datetime) -> RightsRequest:
    """Ask the person something, by letter; work that runs stops.

    Raises NotAllowedError, WrongStateError, CaseError, also for a person who can no longer sign in to answer.
    """
    with db.atomic():
        question = questions.send_question(RIGHTS, reference, actor=actor, text=text, now=now)
        request: RightsRequest = question.request
        if request.user is None or not request.user.is_active:
            raise CaseError("text", _("The person's account is closed: they could not answer."))
        if may_pause(request, now):
            RequestQuestion.objects.filter(pk=question.pk).update(pauses=True)
            _set_deadline(request)
        letters.write(letters.QUESTION, request, now=now, question=text.strip(), paused_since=request.paused_since)
    return request


def go_on_unanswered(reference: str, *, actor: User, now: datetime) -> RightsRequest:
    """Close the open question without an answer; the period runs on. Raises NotAllowedError, WrongStateError."""
    with db.atomic():
        closed = questions.go_on_unanswered(RIGHTS, reference, actor=actor, now=now)
        request = _resumed(closed)
        letters.write(letters.UNANSWERED, request, now=now)
    return request


def answer_question(user: User, reference: str, question_id: UUID, *, text: str, now: datetime) -> RightsRequest:
    """Answer the open question about one's own request; the period runs on.

    Raises RightsRequest.DoesNotExist for anybody else's, WrongStateError, QuestionClosedError, CaseError.
    """
    with db.row_security_for(user.reference):
        return _resumed(questions.answer_question(RIGHTS, reference, question_id, user=user, text=text, now=now))


def end_questions(request: RightsRequest, now: datetime) -> None:
    """Close the open question of a request that is being settled, and end its pause; the request is locked."""
    questions.close_question(RIGHTS, request, now)
    if request.paused_since is not None:
        _set_deadline(request)


def show_questions(user: User, reference: str, *, now: datetime) -> list[dict[str, Any]]:
    """Return the questions about one's own request with their texts, as `open_questions` does; that is logged.

    Raises RightsRequest.DoesNotExist for anybody else's.
    """
    with db.row_security_for(user.reference):
        request = get_own_request(user.reference, reference)
        entry = log_case(events.QUESTIONS_OPENED, request, actor=actor_of(user), now=now)
    with db.row_security_for(user.reference):
        return questions.open_questions(RIGHTS, request, entry)


def _resumed(question: Any) -> RightsRequest:
    request: RightsRequest = question.request
    if question.pauses:
        _set_deadline(request)
    return request


def _set_deadline(request: RightsRequest) -> None:
    """Calculate the deadline anew, from the receipt and every question that paused it for a whole day or more.

    Each pause was allowed when it began, whatever the regime allows now.
    """
    asked = RequestQuestion.objects.filter(request=request, pauses=True)
    pauses = [
        Pause(PauseReason.CLARIFICATION, each.asked_at, each.closed_at, str(each.pk))
        for each in asked
        if each.closed_at is None or each.closed_at - each.asked_at >= _DAY
    ]
    regime = REGIMES[request.regime]
    regime = replace(regime, pauses=regime.pauses | {PauseReason.CLARIFICATION})
    answer = deadline(regime, request.received_at, country=request.country or None, pauses=pauses)
    fields = deadline_fields(answer)
    for name, value in fields.items():
        setattr(request, name, value)
    request.save(update_fields=list(fields))
