"""Ring again for exports that are due and leased by nobody; remove what has had its time."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet

from audit import sides
from audit.events import EXPORT_EXPIRED
from audit.export_states import OVER, RUNNABLE, ExportError, ExportState
from audit.models import Export

from .append import append
from .export_bell import BELL_LASTS, ring_export
from .export_files import ExportFiles
from .export_lease import ACTOR, export_lease_lasts
from .run_export import log_failed
from .sweep_items import sweep_items

_BATCH = 100


def sweep_exports(*, now: datetime) -> int:
    """Return how many exports were rung for. Two sweepers at once have one effect: each row is taken once."""
    due = _due(now).order_by("due_at").values_list("pk", flat=True)
    return sweep_items("audit.exports", due, _ring_again, now=now, batch=_BATCH)


def _due(now: datetime) -> "QuerySet[Export]":
    idle = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
    return Export.objects.filter(idle, state__in=sorted(RUNNABLE), due_at__lte=now)


def _ring_again(export_id: UUID, now: datetime) -> bool:
    export = _due(now).filter(pk=export_id).first()
    if export is None:
        return False
    with sides.atomic():
        seen = Export.objects.filter(pk=export.pk, state=export.state, attempts=export.attempts, due_at=export.due_at)
        if export.attempts >= export.attempts_allowed:
            # It killed its worker each time: there was nobody to note it.
            if seen.update(state=ExportState.FAILED, error=ExportError.INTERNAL, lease_until=None, finished_at=now):
                log_failed(export, ExportError.INTERNAL, now=now)
            return False
        if not seen.update(due_at=now + BELL_LASTS):
            return False
        ring_export(export.pk)
    return True


def expire_exports(*, now: datetime) -> int:
    """Remove the files of exports past their time, cancelled, or failed and left; return how many exports.

    The file goes first: a death in between is repeated, never forgotten.
    """
    due = _over(now).order_by("asked_at").values_list("pk", flat=True)
    return sweep_items("audit.expired_exports", due, _expire, now=now, batch=_BATCH)


def _over(now: datetime) -> "QuerySet[Export]":
    stale = now - timedelta(days=settings.AUDIT_EXPORT_DAYS)
    expired = Q(state=ExportState.FINISHED, expires_at__lte=now) | Q(state=ExportState.FAILED, finished_at__lte=stale)
    # A worker may still be storing a segment of what was cancelled a moment ago.
    over = Q(state__in=sorted(OVER), removed_at__isnull=True, finished_at__lte=now - export_lease_lasts())
    return Export.objects.filter(expired | over)


def _expire(export_id: UUID, now: datetime) -> bool:
    export = _over(now).filter(pk=export_id).first()
    if export is None:
        return False
    ExportFiles(export).clear()
    changes = {"removed_at": now, "stored_name": ""}
    if export.state in OVER:
        return bool(Export.objects.filter(pk=export.pk, removed_at__isnull=True).update(**changes))
    with sides.atomic():
        seen = Export.objects.filter(pk=export.pk, state=export.state)
        if not seen.update(state=ExportState.EXPIRED, **changes):
            return False
        append(EXPORT_EXPIRED, actor=ACTOR, subject=None, now=now, payload={"export": str(export.pk)})
    return True
