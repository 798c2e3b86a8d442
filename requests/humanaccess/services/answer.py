"""The user agrees or refuses, item by item; the exact text that was shown is kept."""

import uuid
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from audit import sides
from audit.services import append
from humanaccess import events, selectors
from humanaccess.errors import InvalidError
from humanaccess.models import Ask, AskItem, Decision, Grant
from humanaccess.policies import may_answer, must_still_ask
from humanaccess.states import Answer, AskState, Verdict
from humanaccess.texts import ShownText
from vault.services import seal

from .moving import lock_ask, move_ask, open_grant
from .refusals import logged_refusals


def _keep(ask: Ask, verdict: Verdict, agreed: Collection[UUID], shown: ShownText, now: datetime) -> None:
    decision = Decision(
        id=uuid.uuid4(),
        ask=ask,
        subject=ask.subject,
        decided_by=ask.subject,
        verdict=verdict,
        items=[str(item) for item in agreed],
        text_version=shown.version,
        language=shown.language,
        shown_at=shown.shown_at,
        decided_at=now,
    )
    decision.sealed = seal(ask.subject, decision.seal_context, shown.text.encode())
    decision.save(force_insert=True)


def _answer_items(ask: Ask, agreed: Collection[UUID]) -> tuple[list[str], list[str]]:
    """Write each item's answer and return the agreed and the refused ids, in the order of the ask."""
    answers: dict[bool, list[AskItem]] = {True: [], False: []}
    for item in ask.items.all():
        answers[item.item in agreed].append(item)
    if sum(map(len, answers.values())) == 0 or len(answers[True]) != len(set(agreed)):
        raise InvalidError(_("An item that you ticked is not part of this ask."), field="items", rule="unknown")
    for yes, items in answers.items():
        answer = Answer.AGREED if yes else Answer.REFUSED
        AskItem.objects.filter(pk__in=[item.pk for item in items]).update(answer=answer)
    return [str(item.item) for item in answers[True]], [str(item.item) for item in answers[False]]


def agree_to_ask(ask: Ask, *, user: User, items: Collection[UUID], shown: ShownText, now: datetime) -> Grant:
    """Agree to the ticked items and refuse the rest; the access that follows is open from now on.

    `shown` is the text as the page showed it. Raises InvalidError without a tick, WrongStateError once it was
    answered or its time is over, NotAllowedError for anybody but the user it asks.
    """
    if not items:
        raise InvalidError(_("Tick what you agree to, or refuse everything."), field="items", rule="required")
    actor = actor_of(user)
    with (
        logged_refusals("agree", actor=actor, subject=user.reference, case=ask.reference, now=now),
        sides.as_subject(user.reference),
    ):
        locked = lock_ask(ask.pk)
        may_answer(user, locked, now)
        must_still_ask(selectors.get_user(locked.asker), locked)
        agreed, refused = _answer_items(locked, items)
        move_ask(locked, AskState.AGREED, now)
        _keep(locked, Verdict.AGREED, items, shown, now)
        append(
            events.ASK_AGREED,
            actor=actor,
            subject=locked.subject,
            now=now,
            payload={
                "case": locked.reference,
                "agreed": agreed,
                "refused": refused,
                "text_version": shown.version,
                "language": shown.language,
            },
            personal={"text": shown.text},
        )
        return open_grant(locked, actor=actor, now=now)


def refuse_ask(ask: Ask, *, user: User, shown: ShownText, now: datetime) -> Ask:
    """Refuse everything that an ask names; raises like `agree_to_ask`."""
    actor = actor_of(user)
    with (
        logged_refusals("refuse", actor=actor, subject=user.reference, case=ask.reference, now=now),
        sides.as_subject(user.reference),
    ):
        locked = lock_ask(ask.pk)
        may_answer(user, locked, now)
        _agreed, refused = _answer_items(locked, ())
        move_ask(locked, AskState.REFUSED, now)
        _keep(locked, Verdict.REFUSED, (), shown, now)
        append(
            events.ASK_REFUSED,
            actor=actor,
            subject=locked.subject,
            now=now,
            payload={
                "case": locked.reference,
                "refused": refused,
                "text_version": shown.version,
                "language": shown.language,
            },
            personal={"text": shown.text},
        )
    return locked
