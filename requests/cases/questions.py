"""Questions of staff to the person whom a case is about, and their answers: one open at a time."""

import uuid
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from core import db
from core.foreign_text import visible_length
from vault.services import decryptor

from .encrypt_for import encrypt_for
from .errors import CaseError, QuestionClosedError
from .kinds import ASK, RESUME, CaseKind
from .log_case import log_case
from .models import Case
from .policies import check_worker, next_state
from .services import declared, get_case_for_update

#: in characters
SHORTEST_QUESTION, LONGEST_QUESTION, LONGEST_ANSWER = 10, 2000, 4000


def send_question(kind: CaseKind, reference: str, *, actor: User, text: str, now: datetime) -> Any:
    """Store a question to the person and return it, with the case; the case waits for the answer.

    Write the letter in the same transaction. Raises NotAllowedError, WrongStateError, CaseError.
    """
    text = text.strip()
    if visible_length(text) < SHORTEST_QUESTION or len(text) > LONGEST_QUESTION:
        raise CaseError(
            "text",
            _("A question has between %(shortest)s and %(longest)s characters.")
            % {"shortest": SHORTEST_QUESTION, "longest": LONGEST_QUESTION},
        )
    with db.atomic():
        case = get_case_for_update(kind, reference)
        check_worker(kind, case, actor)
        case.state = next_state(kind, case, ASK)
        case.save(update_fields=["state"])
        question = kind.questions(
            id=uuid.uuid4(), request=case, subject=case.subject, author=actor.reference, asked_at=now
        )
        question.sealed = encrypt_for(case, question.encryption_context, text)
        question.save(force_insert=True)
        asked = declared(kind.events.asked)
        log_case(asked, case, actor=actor_of(actor), now=now, question=str(question.pk))
    return question


def go_on_unanswered(kind: CaseKind, reference: str, *, actor: User, now: datetime) -> Any:
    """Close the open question without an answer: the work goes on. Raises NotAllowedError, WrongStateError."""
    with db.atomic():
        case = get_case_for_update(kind, reference)
        check_worker(kind, case, actor)
        unanswered = declared(kind.events.unanswered)
        return _resume(kind, case, now=now, event=unanswered, actor=actor_of(actor))


def answer_question(kind: CaseKind, reference: str, question_id: UUID, *, user: User, text: str, now: datetime) -> Any:
    """Store the person's answer to this question, the open one of their own case: the work goes on.

    Call it inside `db.row_security_for`. Raises the model's DoesNotExist for anybody else's case, WrongStateError once
    it does not wait for an answer, QuestionClosedError once it waits for another one's, CaseError.
    """
    text = text.strip()
    if visible_length(text) < 1 or len(text) > LONGEST_ANSWER:
        raise CaseError("text", _("An answer has between 1 and %(longest)s characters.") % {"longest": LONGEST_ANSWER})
    with db.atomic():
        case = get_case_for_update(kind, reference)
        answered = declared(kind.events.answered)
        next_state(kind, case, RESUME)
        if not kind.questions.objects.filter(pk=question_id, request=case, closed_at=None).exists():
            raise QuestionClosedError
        return _resume(kind, case, now=now, event=answered, actor=actor_of(user), answer=text)


def _resume(kind: CaseKind, case: Case, *, now: datetime, event: Any, actor: Any, answer: str = "") -> Any:
    case.state = next_state(kind, case, RESUME)
    case.save(update_fields=["state"])
    question = kind.questions.objects.select_for_update().get(request=case, closed_at=None)
    question.closed_at, changed = now, ["closed_at"]
    if answer:
        question.sealed_answer = encrypt_for(case, question.answer_context, answer)
        changed.append("sealed_answer")
    question.save(update_fields=changed)
    question.request = case  # the locked one
    log_case(event, case, actor=actor, now=now, question=str(question.pk))
    return question


def close_question(kind: CaseKind, case: Case, now: datetime) -> None:
    """Close the open question of a case, if there is one: the case is settled otherwise."""
    kind.questions.objects.filter(request=case.pk, closed_at=None).update(closed_at=now)


def open_questions(kind: CaseKind, case: Case, entry: UUID) -> list[dict[str, Any]]:
    """Return the questions of a case with their texts, the oldest first; `entry` authorises decrypting them.

    Raises KeyDestroyedError once the person was erased.
    """
    found = list(kind.questions.objects.filter(request=case.pk))
    if not found:
        return []
    opened = decryptor(case.subject, entry)
    return [
        {
            "question": question,
            "text": opened.text(question.encryption_context, question.sealed),
            "answer": opened.text(question.answer_context, question.sealed_answer) if question.sealed_answer else "",
        }
        for question in found
    ]
