"""The user agrees or refuses, item by item; the exact text that was shown is kept."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from audit.log.event_types import EventType
from cases.log_case import log_case
from humanaccess import events, selectors
from humanaccess.errors import InvalidError
from humanaccess.models import ApprovalRequest, Grant, RequestedItem
from humanaccess.policies import may_answer, must_be_reviewable, must_still_request
from humanaccess.states import Answer, ApprovalState, Verdict
from humanaccess.texts import ShownText

from .progress import add_decision, locked_request, move_request, open_grant


def _answer_items(approval_request: ApprovalRequest, agreed: Collection[UUID]) -> tuple[list[str], list[str]]:
    """Write each item's answer and return the agreed and the refused ids, in the order of the request."""
    items = list(approval_request.items.all())
    yes = [item for item in items if item.item in agreed]
    no = [item for item in items if item.item not in agreed]
    if not items or len(yes) != len(set(agreed)):
        raise InvalidError(
            _("An item that you ticked is not part of this approval request."), field="items", rule="unknown"
        )
    for answer, answered in ((Answer.AGREED, yes), (Answer.REFUSED, no)):
        RequestedItem.objects.filter(pk__in=[item.pk for item in answered]).update(answer=answer)
    return [str(item.item) for item in yes], [str(item.item) for item in no]


def _close(
    locked: ApprovalRequest,
    verdict: Verdict,
    event: EventType,
    *,
    user: User,
    shown: ShownText,
    now: datetime,
    **items: Any,
) -> None:
    """Close the request with the user's answer; `items` are the item ids that the event's payload names."""
    move_request(locked, ApprovalState(verdict.value), now)
    add_decision(
        locked,
        verdict,
        decided_by=locked.subject,
        text=shown.text,
        now=now,
        items=items.get("agreed", []),
        text_version=shown.version,
        language=shown.language,
        shown_at=shown.shown_at,
    )
    log_case(
        event,
        locked,
        actor=actor_of(user),
        now=now,
        personal={"text": shown.text},
        text_version=shown.version,
        language=shown.language,
        **items,
    )


def agree_to_request(
    approval_request: ApprovalRequest, *, user: User, items: Collection[UUID], shown: ShownText, now: datetime
) -> Grant:
    """Agree to the ticked items and refuse the rest; the access that follows is open from now on.

    `shown` is the text as the page showed it. Raises InvalidError without a tick, AccessClosedError once it was
    answered or its time is over, AccessDeniedError for anybody but the user it asks.
    """
    if not items:
        raise InvalidError(_("Tick what you agree to, or refuse everything."), field="items", rule="required")
    with locked_request("agree", approval_request, actor=user, now=now, as_subject=True) as locked:
        may_answer(user, locked, now)
        must_still_request(selectors.get_user(locked.asker), locked)
        agreed, refused = _answer_items(locked, items)
        _close(
            locked, Verdict.AGREED, events.ASK_AGREED, user=user, shown=shown, now=now, agreed=agreed, refused=refused
        )
        must_be_reviewable(locked)
        return open_grant(locked, actor=actor_of(user), now=now)


def refuse_approval(
    approval_request: ApprovalRequest, *, user: User, shown: ShownText, now: datetime
) -> ApprovalRequest:
    """Refuse everything that a request names; raises like `agree_to_request`."""
    with locked_request("refuse", approval_request, actor=user, now=now, as_subject=True) as locked:
        may_answer(user, locked, now)
        _agreed, refused = _answer_items(locked, ())
        _close(locked, Verdict.REFUSED, events.ASK_REFUSED, user=user, shown=shown, now=now, refused=refused)
    return locked
