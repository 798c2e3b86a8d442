"""The download: whole or in ranges, so that a broken one can be resumed."""

import re
from datetime import datetime

import structlog
from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.identity.models import User
from accounts.identity.policies import signed_in
from accounts.identity.stepup import sign_in_required, step_up_answer
from audit import sides
from vault.errors import VaultError
from vault.file_response import range_response
from vault.services import unsealer
from vault.streams import DecryptingReader

from .errors import PackageGoneError
from .models import Package, RightsRequest
from .selectors import get_own_request, get_recent_download
from .services import record_download

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_log = structlog.get_logger(__name__)


def wanted_range(header: str, size: int) -> tuple[int, int] | None:
    """Return first and last byte of a single range (RFC 9110 14.1.2), None for the whole file.

    Several ranges, or what is not a range, count as the whole. Raises ValueError when no byte of it exists.
    """
    found = _RANGE.fullmatch(header.strip())
    if found is None or found.group(0) == "bytes=-":
        return None
    first, last = found.groups()
    if not first:
        if int(last) == 0:
            raise ValueError("An empty range.")
        return max(size - int(last), 0), size - 1
    if last and int(last) < int(first):
        return None
    if int(first) >= size:
        raise ValueError("The range begins behind the end.")
    return int(first), min(int(last), size - 1) if last else size - 1


@sign_in_required
@require_safe
def package(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Stream the package to its owner. The line in the log is committed before the first byte is read.

    A download that began within minutes of a step-up may be gone on with for an hour without another.
    """
    user, now = signed_in(request), timezone.now()
    with sides.as_subject(user.reference):
        try:
            found: Package = get_own_request(user.reference, reference).package
        except (RightsRequest.DoesNotExist, Package.DoesNotExist):
            raise Http404 from None
        begun = get_recent_download(user.reference, reference, now)
    if found.expires_at is None:
        raise Http404
    whole = request.headers.get("If-Range", _etag(found)) != _etag(found)
    try:
        part = None if whole else wanted_range(request.headers.get("Range", ""), found.size)
    except ValueError:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{found.size}"})
    goes_on = begun.time if begun is not None and part is not None else None
    return step_up_answer(request, now, began_at=goes_on) or _deliver(request, user, found, part, now)


def _etag(found: Package) -> str:
    return f'"{found.pk}"'


def _deliver(
    request: HttpRequest, user: User, found: Package, part: tuple[int, int] | None, now: datetime
) -> HttpResponseBase:
    reference = found.request.reference
    first, last = part or (0, found.size - 1)
    headers = {
        "Content-Type": "application/zip",
        "Content-Disposition": f'attachment; filename="{reference}.zip"',
        "Accept-Ranges": "bytes",
        "ETag": _etag(found),
        **({"Content-Range": f"bytes {first}-{last}/{found.size}"} if part else {}),
    }
    status = 206 if part else 200
    if not found.is_offered(now):
        return _gone(request, reference, _("This package has expired. File a new request to get a fresh one."), 410)
    if request.method == "HEAD":
        return HttpResponse(status=status, headers={**headers, "Content-Length": str(last - first + 1)})
    try:
        found, entry = record_download(user, reference, first=first, last=last, now=now, partial=part is not None)
        key = unsealer(user.reference, entry).unseal(found.key_context, found.sealed_key)
        reader = DecryptingReader(default_storage.open(found.name), key)  # type: ignore[arg-type]
        content_type = headers.pop("Content-Type")
        return range_response(reader, first, last + 1, status=status, content_type=content_type, headers=headers)
    except PackageGoneError as refusal:
        return _gone(request, reference, refusal.sentence, 410)
    except (OSError, VaultError) as error:
        _log.exception("package_not_readable", package=str(found.pk), error=type(error).__name__)
        sentence = _("The package cannot be read at the moment. Nothing is lost; please try again later.")
        return _gone(request, reference, sentence, 503)


def _gone(request: HttpRequest, reference: str, sentence: str, status: int) -> HttpResponse:
    context = {"reference": reference, "sentence": sentence}
    return render(request, "rights/package_gone.html", context, status=status)
