"""A second person approves or declines; never the asker, and two of them where the user has not agreed before."""

import uuid
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from audit import sides
from audit.services import append
from humanaccess import events, selectors
from humanaccess.errors import InvalidError
from humanaccess.models import Ask, Decision, Grant
from humanaccess.policies import may_decide, must_be_reviewable
from humanaccess.states import AskState, Verdict
from vault.services import seal

from .moving import lock_ask, move_ask, open_grant
from .refusals import logged_refusals


def _lock_for(ask: Ask, decider: User, now: datetime) -> Ask:
    locked = lock_ask(ask.pk)
    may_decide(decider, locked, selectors.get_user(locked.asker), selectors.get_user(locked.subject), now)
    return locked


def _keep(ask: Ask, decider: User, verdict: Verdict, note: str, now: datetime, *, saw_refusal: bool = False) -> None:
    decision = Decision(
        id=uuid.uuid4(),
        ask=ask,
        subject=ask.subject,
        decided_by=decider.reference,
        verdict=verdict,
        saw_refusal=saw_refusal,
        decided_at=now,
    )
    if note:
        decision.sealed = seal(ask.subject, decision.seal_context, note.encode())
    decision.save(force_insert=True)


def approve_ask(
    ask: Ask, *, actor: User, now: datetime, note: str = "", has_seen_refusal: bool = False
) -> Grant | None:
    """Approve, and return the grant; None while another approval is needed.

    An approval counts while its author holds the right. `has_seen_refusal` says that the approver was shown that the
    user had not agreed to the same items, or to others beside them: demanded where that is so. Raises NotAllowedError
    for the asker, their other accounts, who lacks the right, and where nobody would be left to review.
    """
    acting = actor_of(actor)
    with logged_refusals("approve", actor=acting, subject=ask.subject, case=ask.reference, now=now), sides.atomic():
        locked = _lock_for(ask, actor, now)
        refused = bool(selectors.list_refused_before(locked))
        if refused and not has_seen_refusal:
            raise InvalidError(
                _("The user has not agreed to one of these items. Confirm that you have seen this."),
                field="has_seen_refusal",
                rule="required",
            )
        _keep(locked, actor, Verdict.APPROVED, note, now, saw_refusal=refused)
        approvals, needed = selectors.count_approvals(locked)
        append(
            events.ASK_APPROVED,
            actor=acting,
            subject=locked.subject,
            now=now,
            payload={"case": locked.reference, "approvals": approvals, "needed": needed, "saw_refusal": refused},
            personal={"note": note},
        )
        if approvals < needed:
            return None
        must_be_reviewable(locked)
        move_ask(locked, AskState.APPROVED, now)
        return open_grant(locked, actor=acting, now=now)


def decline_ask(ask: Ask, *, actor: User, now: datetime, note: str = "") -> Ask:
    """Decline; one such decision ends the ask. Raises like `approve_ask`."""
    acting = actor_of(actor)
    with logged_refusals("decline", actor=acting, subject=ask.subject, case=ask.reference, now=now), sides.atomic():
        locked = _lock_for(ask, actor, now)
        move_ask(locked, AskState.REFUSED, now)
        _keep(locked, actor, Verdict.DECLINED, note, now)
        append(
            events.ASK_DECLINED,
            actor=acting,
            subject=locked.subject,
            now=now,
            payload={"case": locked.reference},
            personal={"note": note},
        )
    return locked
