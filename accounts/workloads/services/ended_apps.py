"""Erase an app that has ended at the platform: its record, usage, metrics, commands and log lines."""

from datetime import datetime, timedelta
from uuid import UUID

from accounts.personaldata.categories import PastRule, lock_holds, subjects_on_hold
from accounts.workloads import streams
from accounts.workloads.announcements import app_ended
from accounts.workloads.events import APP_ERASED, APP_TERMINATED
from accounts.workloads.models import TerminatedApp
from audit.log.actors import Actor, machine
from audit.log.append import append
from audit.log.sweep_items import sweep_items
from core import db
from core.enqueue import enqueue

#: rows of one statement, and apps of one sweep
BATCH, APPS = 10_000, 1000
#: a batch of lines that was open when the app ended has been committed by then
LAST_LINES = timedelta(hours=1)
#: when the sweep should have found that nothing is left
LATEST = 2 * LAST_LINES
_STREAMS = (streams.APPS, streams.USAGE, streams.METRICS, streams.COMMANDS, streams.LOGS)


def end_app(app: UUID, *, subject: str, actor: Actor, now: datetime) -> TerminatedApp:
    """Note and log that an app has ended; the worker is woken to erase it. Call it as the role ingest.

    Once more changes nothing. Its record may come later. Raises TerminatedApp.DoesNotExist for nobody
    with an account, and for an app of somebody else.
    """
    with db.atomic():
        if db.select_value("SELECT workloads_end_app(%s, %s, %s)", [app, subject, now]):
            append(APP_TERMINATED, actor=actor, subject=subject, now=now, payload={"app": str(app)})
            enqueue("workloads.erase_app", str(app))
    return TerminatedApp.objects.get(app=app, subject=subject)


def erase_app(app: UUID, *, now: datetime) -> bool:
    """Erase what is held of an app that has ended, but what is on hold; True when nothing is left, for good.

    Rows go in batches, each a transaction with its entry. Call it under the worker's role, until it returns True.
    """
    count = BATCH
    while count == BATCH:
        with db.atomic():
            unsettled = TerminatedApp.objects.select_for_update().filter(app=app, settled_at=None)
            if (ended := unsettled.first()) is None:
                return False
            app_ended.tell(ended.subject, now=now)
            lock_holds(ended.subject)
            held = {each.name for each in _STREAMS if ended.subject in subjects_on_hold(each.name, now)}
            count = 0
            for each in _STREAMS:
                if each.name not in held:
                    erase = "SELECT workloads_erase_app(%s, %s, %s)"
                    count += int(db.select_value(erase, [each.table, app, BATCH - count]))
            if count:
                payload = {"app": str(app), "count": count, "on_hold": sorted(held)}
                append(APP_ERASED, actor=machine("worker"), subject=ended.subject, now=now, payload=payload)
            elif not held and now - ended.terminated_at >= LAST_LINES:
                return bool(unsettled.update(settled_at=now))
    return False


def _subjects_all_on_hold(now: datetime) -> set[str]:
    """Return the subjects of whose apps nothing may go."""
    return set.intersection(*(subjects_on_hold(each.name, now) for each in _STREAMS))


def sweep_ended_apps(*, now: datetime) -> int:
    """Erase what a lost message, a failure, a hold or a late line has left of apps that ended; return how many settled.

    In no order, so that those of which a part is on hold keep none of the others waiting.
    """
    due = TerminatedApp.objects.filter(settled_at=None).exclude(subject__in=_subjects_all_on_hold(now)).order_by("?")
    return sweep_items("workloads.ended_apps", due, lambda key, at: erase_app(key, now=at), now=now, batch=APPS)


def count_overdue(now: datetime) -> PastRule:
    """Return of how many apps something may be left although they ended a while ago, or is on hold; as the worker."""
    overdue = TerminatedApp.objects.filter(settled_at=None, terminated_at__lt=now - LATEST)
    on_hold = overdue.filter(subject__in=_subjects_all_on_hold(now)).count()
    return PastRule(overdue.count() - on_hold, on_hold)
