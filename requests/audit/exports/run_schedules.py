"""Request scheduled exports when they are due, and put each into its storage once it is made.

A schedule covers a period once its archive is stored, and not before: what failed is requested again, together with
the entries since. Nothing is requested twice, because the row is locked; nothing is stored by two workers at once,
because one connection holds the schedule's advisory lock, and loses it when its process dies.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import ContentFile, File
from django.core.files.storage import storages
from django.db.models import Q

from audit.errors import ExportStateError
from audit.log import rfc3339
from audit.log.actors import machine
from audit.log.events import EXPORT_DELIVERED
from audit.log.sweep_items import sweep_items
from audit.search.filters import Filter
from core import db
from core.errors import DecryptionError
from core.files import RangeFile

from .download import open_archive
from .log_export import log_export
from .models import Export, ExportSchedule
from .request_export import request_export
from .schedules import due_after, last_settled
from .states import ExportState

_log = structlog.get_logger(__name__)
ACTOR = machine("scheduler")
_BATCH = 100
#: the pause after an export that was not made, and after a storage that refused
_RETRY_AFTER = timedelta(hours=1)
_UNDELIVERABLE = frozenset({ExportState.FAILED, ExportState.CANCELLED, ExportState.EXPIRED})
_FAULTS = (OSError, BotoCoreError, ClientError, DecryptionError, ExportStateError)


def request_scheduled(*, now: datetime) -> int:
    """Request the exports that are due; return how many. Any number of callers have one effect."""
    due = ExportSchedule.objects.filter(ended_at__isnull=True, next_at__lte=now).order_by("next_at")
    return sweep_items("audit.schedules", due, _request_due, now=now, batch=_BATCH)


def _request_due(pk: UUID, now: datetime) -> bool:
    with db.atomic():
        schedule = (
            ExportSchedule.objects.select_for_update(skip_locked=True)
            .filter(pk=pk, ended_at__isnull=True, next_at__lte=now)
            .first()
        )
        return schedule is not None and _request(schedule, now)


def _request(schedule: ExportSchedule, now: datetime) -> bool:
    if schedule.last_id is not None and not schedule.delivered:
        state = Export.objects.values_list("state", flat=True).get(pk=schedule.last_id)
        if state not in _UNDELIVERABLE:
            return False  # it is still being made, or waits for its storage
    until = last_settled(schedule.every, now)
    if until <= schedule.covered_until:
        return False
    wanted = replace(Filter.parse(schedule.filter), after=schedule.covered_until, before=until)
    schedule.last = request_export(wanted, actor=ACTOR, now=now, compress=schedule.compress)
    schedule.asked_until = until
    schedule.delivered = schedule.fault = ""
    schedule.delivered_at = None
    schedule.next_at = now + _RETRY_AFTER
    schedule.save()
    return True


def deliver_scheduled(*, now: datetime) -> int:
    """Put every archive that is made and not yet stored into its storage; return how many."""
    waiting = ExportSchedule.objects.filter(
        Q(fault="") | Q(next_at__lte=now),
        delivered="",
        last__state=ExportState.FINISHED,
        last__expires_at__gt=now,
    ).order_by("next_at")
    return sweep_items("audit.scheduled_files", waiting, _deliver_due, now=now, batch=_BATCH)


def _deliver_due(pk: UUID, now: datetime) -> bool:
    schedule = ExportSchedule.objects.select_related("last").get(pk=pk)
    with db.try_lock(f"audit schedule {pk}") as is_locked:
        same = ExportSchedule.objects.filter(pk=pk, delivered="", last=schedule.last)
        return is_locked and same.exists() and _deliver(schedule, now)


def _deliver(schedule: ExportSchedule, now: datetime) -> bool:
    export = schedule.last
    if export is None:
        return False
    row = ExportSchedule.objects.filter(pk=schedule.pk, last=export)
    name = f"{schedule.place}/{export.file_name}"
    try:
        _store(name, export, now)
    except _FAULTS as error:
        # The text may name the storage's credentials; its class says enough.
        _log.warning("export_not_stored", schedule=str(schedule.pk), error=type(error).__name__)
        row.update(fault=type(error).__name__[:64], next_at=now + _RETRY_AFTER)
        return False
    until = schedule.asked_until or schedule.covered_until
    with db.atomic():
        row.update(
            delivered=name,
            delivered_at=now,
            fault="",
            covered_until=until,
            next_at=due_after(schedule.every, until),
        )
        log_export(
            EXPORT_DELIVERED,
            export,
            actor=ACTOR,
            now=now,
            schedule=str(schedule.pk),
            file=name,
            until=rfc3339.write(until),
        )
    return True


def _store(name: str, export: Export, now: datetime) -> None:
    """Write the archive, then a file with its digest beside it; replaces what an earlier attempt left."""
    storage = storages["exports"]
    digest = f"{name}.sha256"
    for old in (digest, name):
        if storage.exists(old):
            storage.delete(old)
    with open_archive(export, actor=ACTOR, now=now) as reader:
        file = File(RangeFile(reader, 0, reader.size))  # type: ignore[arg-type]
        if storage.save(name, file) != name:
            raise OSError("The storage gave a file another name.")
    storage.save(digest, ContentFile(f"{export.archive_sha256}  {export.file_name}\n".encode()))
