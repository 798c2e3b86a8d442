"""Download of an encrypted file, whole or in ranges: GET and HEAD, with Range, If-Range and If-None-Match."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response

from .files import CHUNK, DecryptingReader, RangeFile
from .http_range import ByteRange, UnsatisfiableError, wanted_range

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def linked_from(page_of: Callable[..., str]) -> Callable[[View], View]:
    """Mark a view whose answer is a file with the page that links it: `page_of(request, **kwargs)` returns its address.

    Whoever has to sign in or step up first is led there: a browser that is sent to a file stays on the form.
    """

    def mark(view: View) -> View:
        view.linked_from = page_of  # type: ignore[attr-defined]
        return view

    return mark


@dataclass(frozen=True, slots=True)
class Download:
    """What is downloaded: its name for the client, its media type, a strong ETag and its size in bytes."""

    file_name: str
    content_type: str
    etag: str
    size: int

    def wanted(self, request: HttpRequest) -> ByteRange:
        """Return the bytes that a request asks for; raises UnsatisfiableError."""
        asked, if_range = request.headers.get("Range", ""), request.headers.get("If-Range", "")
        return wanted_range(asked, if_range, etag=self.etag, size=self.size)

    def is_partial(self, request: HttpRequest) -> bool:
        """Return whether a request asks for one part, which it would get."""
        try:
            return self.wanted(request).partial
        except UnsatisfiableError:
            return False


def file_response(
    request: HttpRequest, download: Download, open_range: Callable[[ByteRange], DecryptingReader]
) -> HttpResponseBase:
    """Return a response of status 200, 206, 304 or 416.

    `open_range` opens the file, and logs the download: it is called for a GET that gets bytes, never for HEAD. What it
    raises passes through; raises DecryptionError where the first chunk does not decrypt.
    """
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": download.etag,
        "Cache-Control": "no-store, private",
        "Content-Disposition": f'attachment; filename="{download.file_name}"',
        "X-Content-Type-Options": "nosniff",
    }
    if get_conditional_response(request, etag=download.etag) is not None:
        return HttpResponse(status=304, headers={"ETag": download.etag, "Cache-Control": headers["Cache-Control"]})
    if request.method == "HEAD":
        headers["Content-Length"] = str(download.size)
        return HttpResponse(content_type=download.content_type, headers=headers)
    try:
        wanted = download.wanted(request)
    except UnsatisfiableError:
        headers = {"Content-Range": f"bytes */{download.size}", "Accept-Ranges": "bytes"}
        return HttpResponse(status=416, headers=headers)
    if wanted.partial:
        headers["Content-Range"] = wanted.content_range
    file = RangeFile(open_range(wanted), wanted.first, wanted.stop)
    try:
        file.read(1)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    status = 206 if wanted.partial else 200
    # The server reads each chunk when its client takes it, so a slow client keeps no thread waiting.
    response = FileResponse(file, status=status, content_type=download.content_type, headers=headers)
    response.block_size = CHUNK
    return response
