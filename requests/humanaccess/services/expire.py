"""What the clock ends: asks that nobody answered, grants whose window is over."""

from datetime import datetime

from audit import sides
from audit.actors import machine
from audit.services import append
from humanaccess import events, selectors
from humanaccess.letters import write_ended
from humanaccess.models import Ask, Grant
from humanaccess.states import AskState, EndReason

from .moving import end_grant, move_ask

_SWEEPER = machine("humanaccess.sweeper")
_BATCH = 500


def expire_asks(now: datetime) -> int:
    """End the asks whose time is over without an answer, and return how many; two sweepers end each once."""
    with sides.atomic():
        waiting = Ask.objects.select_for_update(skip_locked=True).filter(state=AskState.ASKED, expires_at__lte=now)
        asks = list(waiting.order_by("expires_at")[:_BATCH])
        for ask in asks:
            move_ask(ask, AskState.EXPIRED, now)
            append(events.ASK_EXPIRED, actor=_SWEEPER, subject=ask.subject, now=now, payload={"case": ask.reference})
    return len(asks)


def expire_grants(now: datetime) -> int:
    """Write down the end of grants whose window is over, and tell the users; return how many.

    Nothing hangs on it: a read checks the window itself.
    """
    over = Grant.objects.filter(ended_at__isnull=True, ends_at__lte=now).select_related("ask").order_by("ends_at")
    count = 0
    for grant in over[:_BATCH]:
        with sides.atomic():
            if end_grant(grant, EndReason.EXPIRED, actor=_SWEEPER, now=now):
                write_ended(grant, selectors.get_user(grant.subject), now)
                count += 1
    return count
