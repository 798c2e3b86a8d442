"""The download of an export's archive."""

from datetime import datetime

from django.http import HttpRequest, HttpResponseBase

from audit.log.actors import Actor
from core.file_response import Download, file_response

from .models import Export
from .open_archive import open_archive

_TYPES = {"gzip": "application/gzip", "zstd": "application/zstd"}


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
