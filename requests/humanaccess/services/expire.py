"""What the clock ends: asks that nobody answered, grants whose window is over."""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from audit import sides
from audit.actors import machine
from audit.services import append, sweep_items
from humanaccess import events, selectors
from humanaccess.letters import write_ended
from humanaccess.models import Ask, Grant
from humanaccess.states import AskState, EndReason

from .moving import end_grant, move_ask

_SWEEPER = machine("humanaccess.sweeper")
_BATCH = 500


def expire_asks(now: datetime) -> int:
    """End the asks whose time is over without an answer, and return how many; two sweepers end each once."""
    over = _unanswered(now).order_by("expires_at").values_list("pk", flat=True)
    return sweep_items("humanaccess.asks", over, _expire_ask, now=now, batch=_BATCH)


def _unanswered(now: datetime) -> "QuerySet[Ask]":
    return Ask.objects.filter(state=AskState.ASKED, expires_at__lte=now)


def _expire_ask(ask_id: UUID, now: datetime) -> bool:
    with sides.atomic():
        ask = _unanswered(now).select_for_update(skip_locked=True).filter(pk=ask_id).first()
        if ask is None:
            return False
        move_ask(ask, AskState.EXPIRED, now)
        append(events.ASK_EXPIRED, actor=_SWEEPER, subject=ask.subject, now=now, payload={"case": ask.reference})
    return True


def expire_grants(now: datetime) -> int:
    """Write down the end of grants whose window is over, and tell the users; return how many.

    Nothing hangs on it: a read checks the window itself.
    """
    over = Grant.objects.filter(ended_at__isnull=True, ends_at__lte=now).order_by("ends_at")
    keys = over.values_list("pk", flat=True)
    return sweep_items("humanaccess.grants", keys, _expire_grant, now=now, batch=_BATCH)


def _expire_grant(grant_id: UUID, now: datetime) -> bool:
    grant = Grant.objects.select_related("ask").get(pk=grant_id)
    with sides.atomic():
        if not end_grant(grant, EndReason.EXPIRED, actor=_SWEEPER, now=now):
            return False
        write_ended(grant, selectors.get_user(grant.subject), now)
    return True
