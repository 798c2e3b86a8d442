"""Enqueue exports that are due and leased by nobody; remove those past their time."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet

from audit.log.events import EXPORT_EXPIRED, EXPORT_FAILED
from audit.log.sweep_items import sweep_items
from core import db
from core.leases import enqueue_again

from .files import ExportFiles
from .log_export import log_export
from .models import Export
from .request_export import enqueue_export
from .states import OVER, ExportError, ExportState

_BATCH = 100


def sweep_exports(*, now: datetime) -> int:
    """Return how many exports were enqueued."""
    return sweep_items("audit.exports", Export.due(now), _enqueue_again, now=now, batch=_BATCH)


def _enqueue_again(export_id: UUID, now: datetime) -> bool:
    def give_up(export: Export) -> None:
        log_export(EXPORT_FAILED, export, now=now, outcome="failed", error=ExportError.INTERNAL.value)

    failed = {"state": ExportState.FAILED, "error": ExportError.INTERNAL, "finished_at": now}
    due = Export.due(now)
    return enqueue_again(due, export_id, now=now, enqueue=enqueue_export, give_up=give_up, given_up=failed)


def expire_exports(*, now: datetime) -> int:
    """Remove the files of exports past their time, cancelled, or failed and left; return how many exports.

    The file goes first: if the worker dies in between, the next sweep repeats it.
    """
    return sweep_items("audit.expired_exports", _over(now).order_by("asked_at"), _expire, now=now, batch=_BATCH)


def _over(now: datetime) -> "QuerySet[Export]":
    stale = now - timedelta(days=settings.AUDIT_EXPORT_DAYS)
    expired = Q(state=ExportState.FINISHED, expires_at__lte=now) | Q(state=ExportState.FAILED, finished_at__lte=stale)
    # A worker may still be storing a segment of what was cancelled a moment ago.
    over = Q(state__in=sorted(OVER), removed_at__isnull=True, finished_at__lte=now - Export.lease_lasts())
    return Export.objects.filter(expired | over)


def _expire(export_id: UUID, now: datetime) -> bool:
    export = _over(now).filter(pk=export_id).first()
    if export is None:
        return False
    ExportFiles(export).clear()
    changes = {"removed_at": now, "stored_name": ""}
    if export.state in OVER:
        return bool(Export.objects.filter(pk=export.pk, removed_at__isnull=True).update(**changes))
    with db.atomic():
        if not Export.objects.filter(pk=export.pk, state=export.state).update(state=ExportState.EXPIRED, **changes):
            return False
        log_export(EXPORT_EXPIRED, export, now=now)
    return True
