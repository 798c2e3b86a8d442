"""The download of an export's archive, which is logged before it begins."""

from datetime import datetime, timedelta

from django.db.models import F
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from audit.errors import ExportStateError
from audit.log import uuid7
from audit.log.actors import Actor
from audit.log.events import EXPORT_DOWNLOADED
from audit.log.models import Entry
from audit.search.entries import view_of
from core import db
from core.file_response import Download, file_response
from core.files import DecryptingReader
from core.http_range import ByteRange

from .files import ExportFiles
from .log_export import log_export
from .models import Export

_TYPES = {"gzip": "application/gzip", "zstd": "application/zstd"}
#: a range that is asked for within this time after a download began belongs to it
RESUMES_FOR = timedelta(hours=1)


def recent_download(export: Export, actor: Actor, now: datetime) -> Entry | None:
    """Return the entry of this actor's newest download of the archive, None where it began too long ago to go on."""
    begun = Entry.objects.filter(
        actor=str(actor), event=EXPORT_DOWNLOADED.name, id__gte=uuid7.first_from(now - RESUMES_FOR), time__lte=now
    )
    wanted = str(export.pk)
    return next((entry for entry in begun.order_by("-id") if view_of(entry).payload.get("export") == wanted), None)


def open_archive(export: Export, *, actor: Actor, now: datetime, wanted: ByteRange | None = None) -> DecryptingReader:
    """Return a reader over the archive, once the download is logged; close it, or use it as a context.

    A range that is wanted belongs to the actor's recent download, where there is one: a download is counted and logged
    once, however many ranges it takes. Raises ExportStateError when the archive is not offered (any more).
    """
    with db.atomic():
        # Requests for ranges at the same time wait here for each other: one of them begins the download.
        locked = Export.objects.select_for_update().filter(pk=export.pk, state="finished", expires_at__gt=now).first()
        if locked is None:
            raise ExportStateError("state", _("This export cannot be downloaded, or not any more. Ask for a new one."))
        goes_on = wanted is not None and wanted.partial and recent_download(locked, actor, now) is not None
        if not goes_on:
            Export.objects.filter(pk=locked.pk).update(downloads=F("downloads") + 1)
            log_export(
                EXPORT_DOWNLOADED,
                locked,
                actor=actor,
                now=now,
                case=locked.wanted.case or None,
                first=wanted.first if wanted else 0,
                last=(wanted.stop if wanted else locked.archive_size or 0) - 1,
            )
    return ExportFiles(locked).open(locked.stored_name)


def download_of(export: Export) -> Download:
    """Return an export's archive as it is downloaded."""
    return Download(export.file_name, _TYPES[export.compress], f'"{export.archive_sha256}"', export.archive_size or 0)


def archive_response(request: HttpRequest, export: Export, *, actor: Actor, now: datetime) -> HttpResponseBase:
    """Return the response for an export that is offered.

    A GET that begins a download is logged first. Raises ExportStateError when the archive is not offered (any more),
    OSError or DecryptionError where its file is gone or changed.
    """
    return file_response(
        request, download_of(export), lambda wanted: open_archive(export, actor=actor, now=now, wanted=wanted)
    )
