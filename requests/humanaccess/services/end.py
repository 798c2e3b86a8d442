"""End a grant: by the user, by staff, by the reader, or because reader or decider leave or lose their role."""

from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from accounts.identity.roles import Role
from audit import sides
from audit.actors import Actor
from audit.services import append
from humanaccess import events, selectors
from humanaccess.errors import NotAllowedError, WrongStateError
from humanaccess.grounds import RULES
from humanaccess.letters import write_ended
from humanaccess.models import Ask, Decision, Grant
from humanaccess.policies import may_revoke
from humanaccess.states import AskState, EndReason, Verdict

from .moving import end_grant, move_ask
from .refusals import logged_refusals


def _end(grant: Grant, reason: EndReason, *, actor: Actor, now: datetime) -> None:
    if not grant.is_live(now) or not end_grant(grant, reason, actor=actor, now=now):
        raise WrongStateError(_("This access had already ended."), rule="ended")


def revoke_grant(grant: Grant, *, actor: User, now: datetime) -> None:
    """End somebody's access at once, as the user whose data it is or as staff with that right.

    The next read is refused. Raises WrongStateError when it had ended before.
    """
    acting = actor_of(actor)
    is_own = actor.reference == grant.subject
    with logged_refusals("revoke", actor=acting, subject=grant.subject, case=grant.ask.reference, now=now):
        may_revoke(actor, grant)
        if is_own:
            with sides.as_subject(actor.reference):
                _end(grant, EndReason.USER, actor=acting, now=now)
            return
        with sides.atomic():
            _end(grant, EndReason.STAFF, actor=acting, now=now)
            write_ended(grant, selectors.get_user(grant.subject), now)


def close_grant(grant: Grant, *, reader: User, now: datetime) -> None:
    """Give one's own access back before its time; raises NotAllowedError for anybody but the reader."""
    acting = actor_of(reader)
    with (
        logged_refusals("close", actor=acting, subject=grant.subject, case=grant.ask.reference, now=now),
        sides.atomic(),
    ):
        if reader.reference != grant.reader:
            raise NotAllowedError(_("Only the reader gives this access back."), rule="not_reader")
        _end(grant, EndReason.CLOSED, actor=acting, now=now)
        write_ended(grant, selectors.get_user(grant.subject), now)


def end_grants_of_staff(reference: str, *, actor: Actor, now: datetime, role: Role | None = None) -> None:
    """Withdraw a member of staff's open asks, then end every open grant that they read under or decided on.

    With `role`, what rests on that role alone. In the caller's transaction, which holds the person or the role. The
    asks come first: an answer that is being given is waited for, so that its grant is seen here. Users are told.
    """
    asked = [ground for ground, rule in RULES.items() if role is None or role in rule.askers]
    decided = [ground for ground, rule in RULES.items() if role is None or role == rule.approver]
    waiting = Ask.objects.select_for_update().filter(asker=reference, ground__in=asked, state=AskState.ASKED)
    for ask in waiting.order_by("pk"):
        move_ask(ask, AskState.CANCELLED, now)
        append(
            events.ASK_CANCELLED,
            actor=actor,
            subject=ask.subject,
            now=now,
            payload={"case": ask.reference, "why": "asker_left" if role is None else "asker_role_ended"},
        )
    approved = Decision.objects.filter(decided_by=reference, verdict=Verdict.APPROVED).values("ask")
    rests = Q(reader=reference, ask__ground__in=asked) | Q(ask__in=approved, ask__ground__in=decided)
    for grant in Grant.objects.filter(rests, ended_at__isnull=True, ends_at__gt=now).select_related("ask"):
        if end_grant(grant, EndReason.EVENT, actor=actor, now=now):
            write_ended(grant, selectors.get_user(grant.subject), now)
