"""Erase an automation that was deleted at the platform. Its runs and transfers keep their own rules."""

from datetime import datetime, timedelta
from uuid import UUID

from accounts.connections.events import AUTOMATION_ERASED
from accounts.connections.models import EndedAutomation
from accounts.connections.streams import AUTOMATIONS
from accounts.personaldata.categories import PastRule, lock_holds, subjects_on_hold
from audit.log.actors import machine
from audit.log.append import append
from audit.log.sweep_items import sweep_items
from core import db

#: automations of one sweep
BATCH = 1000
#: a batch of lines that was open when the end was told has been committed by then
LAST_LINES = timedelta(hours=1)
#: when the sweep should have found that nothing is left
LATEST = 2 * LAST_LINES


def erase_automation(automation: UUID, *, now: datetime) -> bool:
    """Erase an automation that was deleted, unless it is on hold; True when nothing is left, for good."""
    with db.atomic():
        unsettled = EndedAutomation.objects.select_for_update().filter(pk=automation, settled_at=None)
        if (ended := unsettled.first()) is None:
            return False
        lock_holds(ended.subject)
        if ended.subject in subjects_on_hold(AUTOMATIONS.name, now):
            return False
        if db.select_value("SELECT connections_erase_automation(%s)", [automation]):
            payload = {"automation": str(automation)}
            append(AUTOMATION_ERASED, actor=machine("worker"), subject=ended.subject, now=now, payload=payload)
        elif now - ended.taken_at >= LAST_LINES:
            return bool(unsettled.update(settled_at=now))
    return False


def sweep_ended(*, now: datetime) -> int:
    """Erase the automations that were deleted; return of how many nothing is left, for good.

    In no order, so that those on hold keep none of the others waiting.
    """
    due = EndedAutomation.objects.filter(settled_at=None).exclude(subject__in=subjects_on_hold(AUTOMATIONS.name, now))
    act = lambda key, at: erase_automation(key, now=at)  # noqa: E731
    return sweep_items("connections.ended_automations", due.order_by("?"), act, now=now, batch=BATCH)


def count_overdue(now: datetime) -> PastRule:
    """Return of how many automations something may be left although they were deleted a while ago, or is on hold."""
    overdue = EndedAutomation.objects.filter(settled_at=None, taken_at__lt=now - LATEST)
    on_hold = overdue.filter(subject__in=subjects_on_hold(AUTOMATIONS.name, now)).count()
    return PastRule(overdue.count() - on_hold, on_hold)
