"""A person's own page of the log, and the same entries as files."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.identity.policies import signed_in
from accounts.identity.step_up.recent_step_up import step_up_required
from audit.search.queries import SCAN_LIMIT
from audit.search.selectors import find
from audit.staff.presenters import pager
from audit.tree.proof_download import key_options
from cases.presenters import timeline_of
from core import db
from core.file_response import linked_from
from core.refusals import INVALID

from . import services
from .log_files import CsvFile, JsonFile, LogFile, ReceiptsFile, write_log
from .log_forms import OwnLogFilter
from .selectors import count_own_entries

PAGE_SIZE = 50
#: name → media type and writer
FILES: dict[str, tuple[str, type[LogFile]]] = {
    "log.csv": ("text/csv; charset=utf-8", CsvFile),
    "log.json": ("application/json", JsonFile),
    "receipts.zip": ("application/zip", ReceiptsFile),
}
#: entries of one file at most: what one request makes in some seconds
MOST_ENTRIES = 20_000


@login_required
@require_safe
def own_log(request: HttpRequest) -> HttpResponse:
    """List the entries about the user, newest first."""
    return _page(request, OwnLogFilter(request.GET))


def _page(request: HttpRequest, form: OwnLogFilter) -> HttpResponse:
    context: dict[str, Any] = {"form": form}
    if not form.is_valid():
        return render(request, "rights/log.html", context, status=INVALID)
    own = signed_in(request).reference
    with db.row_security_for(own):
        page = find(form.wanted(own), size=PAGE_SIZE, **form.cursor)
    context |= {
        "page": page,
        "timeline": timeline_of(page.entries, {}, own=own),
        "narrowed": form.criteria,
        "files": [(name, f"{reverse(f'my_log:{name}')}?{urlencode(form.criteria)}".rstrip("?")) for name in FILES],
        "scan_limit": SCAN_LIMIT,
        "log_keys": key_options(),
        **pager(page, form.criteria),
    }
    return render(request, "rights/log.html", context)


@linked_from(lambda _request, **_kwargs: reverse("my_log:log"))
@step_up_required
@require_safe
def log_file(request: HttpRequest, name: str) -> HttpResponseBase:
    """Return the entries that the filter shows as a file; the entry of the download is committed before."""
    user, now, form = signed_in(request), timezone.now(), OwnLogFilter(request.GET)
    if not form.is_valid():
        return _page(request, form)
    wanted, (content_type, kind) = form.wanted(user.reference), FILES[name]
    with db.row_security_for(user.reference):
        if count_own_entries(wanted, MOST_ENTRIES + 1) > MOST_ENTRIES:
            facts = {"count": f"{MOST_ENTRIES:,}"}
            form.add_error("since", _("More than %(count)s entries: choose fewer days for each file.") % facts)
            return _page(request, form)
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    if request.method == "HEAD":
        return HttpResponse(content_type=content_type, headers=headers)
    entry = services.record_log_download(user, file=name, now=now)
    with db.row_security_for(user.reference):
        file = write_log(kind, wanted, entry, now)
    return FileResponse(file, content_type=content_type, headers=headers)
