"""The download of a package: whole or in ranges, so that a broken one can be resumed."""

from datetime import datetime

import structlog
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.identity.models import User
from accounts.identity.policies import signed_in
from accounts.identity.step_up.recent_step_up import sign_in_required, step_up_answer
from core import db
from core.encrypted_files import open_file
from core.errors import VaultError
from core.file_response import Download, file_response, linked_from
from core.files import DecryptingReader
from core.http_range import ByteRange
from vault.services import decryptor

from .errors import PackageGoneError
from .models import Package, RightsRequest
from .selectors import get_own_request, get_recent_download
from .services import record_download

_log = structlog.get_logger(__name__)


@linked_from(lambda _request, reference: reverse("rights:request", args=[reference]))
@sign_in_required
@require_safe
def package(request: HttpRequest, reference: str) -> HttpResponseBase:
    """Stream the package to its owner. The entry in the log is committed before the first byte is read.

    A download that began within minutes of a step-up may be resumed for an hour without another.
    """
    user, now = signed_in(request), timezone.now()
    with db.row_security_for(user.reference):
        try:
            found: Package = get_own_request(user.reference, reference).package
        except (RightsRequest.DoesNotExist, Package.DoesNotExist):
            raise Http404 from None
        started = get_recent_download(user.reference, reference, now)
    if found.expires_at is None:
        raise Http404
    download = Download(f"{reference}.zip", "application/zip", f'"{found.pk}"', found.size)
    resumes = started.time if started is not None and download.is_partial(request) else None
    return step_up_answer(request, now, began_at=resumes) or _deliver(request, user, found, download, now)


def _deliver(request: HttpRequest, user: User, found: Package, download: Download, now: datetime) -> HttpResponseBase:
    reference = found.request.reference

    def open_range(wanted: ByteRange) -> DecryptingReader:
        package, entry = record_download(user, reference, wanted=wanted, now=now)
        key = decryptor(user.reference, entry).decrypt(package.key_context, package.sealed_key)
        return open_file(package.name, key)

    try:
        if found.is_offered(now):
            return file_response(request, download, open_range)
        sentence, status = _("This package has expired. File a new request to get a fresh one."), 410
    except PackageGoneError as refusal:
        sentence, status = refusal.sentence, 410
    except (OSError, VaultError) as error:
        _log.exception("package_not_readable", package=str(found.pk), error=type(error).__name__)
        sentence = _("The package cannot be read at the moment. Nothing is lost; please try again later.")
        status = 503
    context = {"reference": reference, "sentence": sentence}
    return render(request, "rights/package_gone.html", context, status=status)
