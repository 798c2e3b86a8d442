"""Erase an app that has ended at the platform: its record, usage, metrics, commands and log lines."""

from datetime import datetime, timedelta
from uuid import UUID

from accounts.personaldata.categories import PastRule, subjects_on_hold
from accounts.workloads import streams
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

    Once more changes nothing. Raises TerminatedApp.DoesNotExist for an app that this person does not have.
    """
    with db.atomic():
        if db.select_value("SELECT workloads_end_app(%s, %s, %s)", [app, subject, now]):
            append(APP_TERMINATED, actor=actor, subject=subject, now=now, payload={"app": str(app)})
            enqueue("workloads.erase_app", str(app))
    return TerminatedApp.objects.get(app=app, subject=subject)


def _erase_rows(table: str, app: UUID) -> int:
    erased, last = 0, BATCH
    while last == BATCH:
        last = int(db.select_value("SELECT workloads_erase_app(%s, %s, %s)", [table, app, BATCH]))
        erased += last
    return erased


def erase_app(app: UUID, *, now: datetime) -> bool:
    """Erase what is held of an app that has ended, but what is on hold; True when that was all, for good.

    Rows go in batches. Call it under the worker's role, again and again until it returns True.
    """
    ended = TerminatedApp.objects.filter(app=app, settled_at=None).first()
    if ended is None:
        return False
    held = {each.name for each in _STREAMS if ended.subject in subjects_on_hold(each.name, now)}
    count = sum(_erase_rows(each.table, app) for each in _STREAMS if each.name not in held)
    is_last = not held and not count and now - ended.terminated_at >= LAST_LINES
    with db.atomic():
        if count:
            append(
                APP_ERASED,
                actor=machine("worker"),
                subject=ended.subject,
                now=now,
                payload={"app": str(app), "count": count, "on_hold": sorted(held)},
            )
        if is_last:
            TerminatedApp.objects.filter(pk=app, settled_at=None).update(settled_at=now)
    return is_last


def sweep_ended_apps(*, now: datetime) -> int:
    """Erase what a lost message, a failure, a hold or a late line has left of apps that have ended."""
    due = TerminatedApp.objects.filter(settled_at=None).order_by("terminated_at")
    return sweep_items("workloads.ended_apps", due, lambda key, at: erase_app(key, now=at), now=now, batch=APPS)


def count_overdue(now: datetime) -> PastRule:
    """Return of how many apps something may be left although they ended a while ago, or is on hold; as the worker."""
    overdue = TerminatedApp.objects.filter(settled_at=None, terminated_at__lt=now - LATEST)
    held = overdue.filter(subject__in={subject for each in _STREAMS for subject in subjects_on_hold(each.name, now)})
    on_hold = held.count()
    return PastRule(overdue.count() - on_hold, on_hold)
