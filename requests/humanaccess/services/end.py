"""End a grant: by the user, by staff, by the reader, or because the reader leaves."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from audit import sides
from audit.actors import Actor
from audit.services import append
from humanaccess import events, selectors
from humanaccess.errors import NotAllowedError, WrongStateError
from humanaccess.letters import write_ended
from humanaccess.models import Ask, Grant
from humanaccess.policies import may_revoke
from humanaccess.states import AskState, EndReason

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


def end_grants_of_staff(reference: str, *, actor: Actor, now: datetime) -> None:
    """End every open grant of a member of staff and withdraw their open asks; in the caller's transaction."""
    for grant in Grant.objects.filter(reader=reference, ended_at__isnull=True).select_related("ask"):
        end_grant(grant, EndReason.EVENT, actor=actor, now=now)
    for ask in Ask.objects.select_for_update().filter(asker=reference, state=AskState.ASKED):
        move_ask(ask, AskState.CANCELLED, now)
        append(
            events.ASK_CANCELLED,
            actor=actor,
            subject=ask.subject,
            now=now,
            payload={"case": ask.reference, "why": "asker_left"},
        )
