"""Ask for scheduled exports when they are due, and put each into its storage once it is made.

A schedule's time is covered once its archive is stored, and not before: what failed is asked for again, together
with what came since. Nothing is asked for twice, whoever rings, since the row is locked; nothing is stored by two at
once, since one connection alone holds the schedule's lock, and loses it when its process dies.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import ContentFile, File
from django.core.files.storage import storages
from django.db.models import Q

from audit import sides, times
from audit.actors import machine
from audit.errors import ExportStateError
from audit.events import EXPORT_DELIVERED
from audit.export_states import ExportState
from audit.filters import Filter
from audit.models import Export, ExportSchedule
from audit.periods import due_after, last_settled
from vault.errors import SealBrokenError

from .append import append
from .ask_export import ask_export
from .open_archive import open_archive
from .sweep_items import sweep_items

_log = structlog.get_logger(__name__)
ACTOR = machine("scheduler")
_BATCH = 100
#: after an export that came to nothing, and after a storage that refused
_AGAIN = timedelta(hours=1)
_LOST = frozenset({ExportState.FAILED, ExportState.CANCELLED, ExportState.EXPIRED})
_FAULTS = (OSError, BotoCoreError, ClientError, SealBrokenError, ExportStateError)


def ask_scheduled(*, now: datetime) -> int:
    """Ask for the exports that are due; return how many. Any number of callers have one effect."""
    due = ExportSchedule.objects.filter(ended_at__isnull=True, next_at__lte=now).order_by("next_at")
    return sweep_items("audit.schedules", due.values_list("pk", flat=True), _ask_due, now=now, batch=_BATCH)


def _ask_due(pk: UUID, now: datetime) -> bool:
    with sides.atomic():
        schedule = (
            ExportSchedule.objects.select_for_update(skip_locked=True)
            .filter(pk=pk, ended_at__isnull=True, next_at__lte=now)
            .first()
        )
        return schedule is not None and _ask(schedule, now)


def _ask(schedule: ExportSchedule, now: datetime) -> bool:
    if schedule.last_id is not None and not schedule.delivered:
        state = Export.objects.values_list("state", flat=True).get(pk=schedule.last_id)
        if state not in _LOST:
            return False  # it is still being made, or waits for its storage
    until = last_settled(schedule.every, now)
    if until <= schedule.covered_until:
        return False
    wanted = replace(Filter.parse(schedule.filter), after=schedule.covered_until, before=until)
    schedule.last = ask_export(wanted, actor=ACTOR, now=now, compress=schedule.compress)
    schedule.asked_until, schedule.delivered, schedule.delivered_at, schedule.fault = until, "", None, ""
    schedule.next_at = now + _AGAIN
    schedule.save()
    return True


def deliver_scheduled(*, now: datetime) -> int:
    """Put every archive that is made and not stored yet into its storage; return how many."""
    waiting = ExportSchedule.objects.filter(
        Q(fault="") | Q(next_at__lte=now),
        delivered="",
        last__state=ExportState.FINISHED,
        last__expires_at__gt=now,
    ).order_by("next_at")
    keys = waiting.values_list("pk", flat=True)
    return sweep_items("audit.scheduled_files", keys, _deliver_due, now=now, batch=_BATCH)


def _deliver_due(pk: UUID, now: datetime) -> bool:
    schedule = ExportSchedule.objects.select_related("last").get(pk=pk)
    with _alone(schedule) as held:
        same = ExportSchedule.objects.filter(pk=pk, delivered="", last=schedule.last)
        return held and same.exists() and _deliver(schedule, now)


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
        row.update(fault=type(error).__name__[:64], next_at=now + _AGAIN)
        return False
    until = schedule.asked_until or schedule.covered_until
    with sides.atomic():
        row.update(
            delivered=name,
            delivered_at=now,
            fault="",
            covered_until=until,
            next_at=due_after(schedule.every, until),
        )
        payload = {"export": str(export.pk), "schedule": str(schedule.pk), "file": name, "until": times.write(until)}
        append(EXPORT_DELIVERED, actor=ACTOR, subject=None, now=now, payload=payload)
    return True


def _store(name: str, export: Export, now: datetime) -> None:
    """Write the archive, and when it is whole the file with its digest beside it; a second time over the first."""
    storage = storages["exports"]
    digest = f"{name}.sha256"
    for old in (digest, name):
        if storage.exists(old):
            storage.delete(old)
    reader, _size = open_archive(export, actor=ACTOR, now=now)
    with reader:
        stream = io.BufferedReader(_Chunks(reader.read_range()))
        if storage.save(name, File(stream)) != name:
            raise OSError("the storage gave a file another name")
    storage.save(digest, ContentFile(f"{export.archive_sha256}  {export.file_name}\n".encode()))


class _Chunks(io.RawIOBase):
    """Chunks as a stream to read once: an archive of any size passes through."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = b""
        self._begun = False

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        # Storages rewind a file before they begin, also one that was never read.
        if (offset, whence) != (0, io.SEEK_SET) or self._begun:
            raise io.UnsupportedOperation("it is read once")
        return 0

    def readinto(self, buffer: Any) -> int:
        self._begun = True
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = chunk
        taken = self._rest[: len(buffer)]
        self._rest = self._rest[len(taken) :]
        buffer[: len(taken)] = taken
        return len(taken)


@contextmanager
def _alone(schedule: ExportSchedule) -> Iterator[bool]:
    """Hold the schedule's lock if it is to be had, for as long as this connection lives at most."""
    key = f"audit schedule {schedule.pk}"
    with sides.connection().cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [key])
        (held,) = cursor.fetchone()
        try:
            yield held
        finally:
            if held:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [key])
