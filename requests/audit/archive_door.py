"""The download of an export's archive, whole or from where it stopped: GET and HEAD, with Range and If-Range."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response

from vault.file_response import range_response

from .actors import Actor
from .models import Export
from .ranges import Span, UnsatisfiableError, span_of
from .services import open_archive

_TYPES = {"gzip": "application/gzip", "zstd": "application/zstd"}


def is_partial(request: HttpRequest, export: Export) -> bool:
    """Return whether a request asks for one part of the archive, which it would get."""
    try:
        return _span(request, export).partial
    except UnsatisfiableError:
        return False


def _span(request: HttpRequest, export: Export) -> Span:
    wanted, if_range = request.headers.get("Range", ""), request.headers.get("If-Range", "")
    return span_of(wanted, if_range, etag=_etag(export), size=export.archive_size or 0)


def _etag(export: Export) -> str:
    return f'"{export.archive_sha256}"'


def archive_response(request: HttpRequest, export: Export, *, actor: Actor, now: datetime) -> HttpResponseBase:
    """Return the answer for an export that is offered: 200, 206, 304 or 416.

    A GET that begins a download leaves its line in the log first; HEAD does not. Raises ExportStateError when it is not
    offered (any more), OSError or SealBrokenError where its file is gone or changed.
    """
    size, etag = export.archive_size or 0, _etag(export)
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": etag,
        "Cache-Control": "no-store, private",
        "Content-Disposition": f'attachment; filename="{export.file_name}"',
        "Content-Type": _TYPES[export.compress],
        "X-Content-Type-Options": "nosniff",
    }
    if get_conditional_response(request, etag=etag) is not None:
        return HttpResponse(status=304, headers={"ETag": etag, "Cache-Control": headers["Cache-Control"]})
    if request.method == "HEAD":
        return HttpResponse(headers={**headers, "Content-Length": str(size)})
    try:
        span = _span(request, export)
    except UnsatisfiableError:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}", "Accept-Ranges": "bytes"})
    reader, _ = open_archive(export, actor=actor, now=now, first=span.first, last=span.stop - 1, partial=span.partial)
    content_type = headers.pop("Content-Type")
    if span.partial:
        headers["Content-Range"] = span.content_range
    status = 206 if span.partial else 200
    return range_response(reader, span.first, span.stop, status=status, content_type=content_type, headers=headers)
