"""What the verbs share: an ask locked and moved on, a grant opened and ended."""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from audit import sides, times
from audit.actors import Actor
from audit.services import append
from humanaccess import events
from humanaccess.errors import WrongStateError
from humanaccess.models import Ask, Grant
from humanaccess.selectors import list_granted_items
from humanaccess.states import AskState, EndReason, may_move


def lock_ask(ask_id: UUID) -> Ask:
    """Return the ask as it is now, locked until the transaction ends; raises WrongStateError when it is not there."""
    ask = Ask.objects.select_for_update().filter(pk=ask_id).first()
    if ask is None:
        raise WrongStateError(_("There is no such ask."), rule="unknown")
    return ask


def move_ask(ask: Ask, to: AskState, now: datetime) -> None:
    """Move a locked ask on by the transition table."""
    if not may_move(AskState(ask.state), to):
        raise WrongStateError(_("This was already answered, withdrawn, or its time is over."), rule="not_waiting")
    ask.state, ask.closed_at = to, now
    ask.save(update_fields=["state", "closed_at"])


def open_grant(ask: Ask, *, actor: Actor, now: datetime) -> Grant:
    """Have the database open the grant of a decided ask, and log it; the database checks the decisions itself."""
    with sides.connection().cursor() as cursor:
        cursor.execute("SELECT humanaccess_open_grant(%s, %s)", [ask.pk, now])
        (grant_id,) = cursor.fetchone()
    grant = Grant.objects.select_related("ask").get(pk=grant_id)
    append(
        events.GRANT_STARTED,
        actor=actor,
        subject=ask.subject,
        now=now,
        payload={
            "case": ask.reference,
            "grant": str(grant.pk),
            "reader": grant.reader,
            "items": [str(item.item) for item in list_granted_items(grant)],
            "ends_at": times.write(grant.ends_at),
        },
    )
    return grant


def end_grant(grant: Grant, reason: EndReason, *, actor: Actor, now: datetime) -> bool:
    """Have the database end a grant, and log it; False when it had ended before: one wins."""
    with sides.connection().cursor() as cursor:
        cursor.execute("SELECT humanaccess_end_grant(%s, %s, %s)", [grant.pk, reason.value, now])
        (ended,) = cursor.fetchone()
    if ended:
        append(
            events.GRANT_ENDED,
            actor=actor,
            subject=grant.subject,
            now=now,
            payload={"case": grant.ask.reference, "grant": str(grant.pk), "reason": reason.value},
        )
    return bool(ended)
