"""Exports on the staff site: the list, a new one after its estimate, one as it grows, its archive."""

from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy as _lazy

from audit.errors import ExportRefusedError, ExportStateError
from audit.exports.change_state import change_export
from audit.exports.download import archive_response, download_of, recent_download
from audit.exports.estimate import estimate
from audit.exports.models import Export
from audit.exports.request_export import request_export_once
from audit.exports.states import ExportAct
from core.actions import Action, confirm_page
from core.errors import DecryptionError
from core.file_response import linked_from
from core.refusals import INVALID, WRONG_STATE

from .export_forms import ExportForm
from .export_presenters import facts_of, list_exports, offered_filter, progress_of
from .log_admin import LogRightAdmin

LIST, ONE = "admin:audit_export_changelist", "admin:audit_export_detail"

_ACTIONS = {
    ExportAct.PAUSE: Action(
        _lazy("Pause the export"),
        _lazy("It stops after the segment that it is writing. What is written stays, and it can go on later."),
        _lazy("The export is paused."),
        change_export,
    ),
    ExportAct.RESUME: Action(
        _lazy("Resume the export"),
        _lazy("It goes on after the last segment that was written whole."),
        _lazy("The export goes on."),
        change_export,
    ),
    ExportAct.CANCEL: Action(
        _lazy("Cancel the export"),
        _lazy("What is written so far is removed. This cannot be undone; a new export begins from the start."),
        _lazy("The export was cancelled."),
        change_export,
        danger=True,
    ),
}


class ExportAdmin(LogRightAdmin):
    """Exports are asked for, watched and fetched by those who hold the right to export."""

    right = "export"

    def get_urls(self) -> list[URLPattern]:
        one = "<uuid:export_id>/"
        return [
            path("", self.protect(self.list), name="audit_export_changelist"),
            path("new/", self.protect(self.new, step_up=True), name="audit_export_new"),
            path(one, self.protect(self.detail), name="audit_export_detail"),
            path(f"{one}progress/", self.progress, name="audit_export_progress"),
            path(f"{one}archive/", self.protect(self.archive), name="audit_export_archive"),
            *(
                path(f"{one}{act}/", self.protect(self.act), {"act": act}, name=f"audit_export_{act}")
                for act in _ACTIONS
            ),
        ]

    def list(self, request: HttpRequest) -> HttpResponse:
        """Show exports, the newest first."""
        rows, older_url = list_exports(request.GET.get("older", ""))
        context = {"title": _("Exports of the log"), "rows": rows, "older_url": older_url, "newer_url": ""}
        return self.page(request, "audit/exports.html", context)

    def new(self, request: HttpRequest) -> HttpResponse:
        """Ask for filter and choices, then show what it would hold; only the step after that starts it."""
        posted = request.method == "POST"
        form = ExportForm(request.POST) if posted else ExportForm(initial=offered_filter(request.GET))
        context: dict[str, Any] = {"title": _("New export"), "form": form}
        if posted and form.is_valid():
            if "start" in request.POST:
                try:
                    return self._start(request, form)
                except ExportRefusedError as error:
                    form.add_error(error.field if error.field in form.fields else None, error.sentence)
            else:
                context |= {"estimate": estimate(form.wanted), "facts": facts_of(form.wanted)}
                context |= {"hidden": [*form.written(), ("once", uuid4().hex)]}
        return self.page(request, "audit/export_new.html", context, INVALID if form.errors else 200)

    def _start(self, request: HttpRequest, form: ExportForm) -> HttpResponse:
        # The key comes from the page with the estimate: pressing twice starts one export.
        key = request.POST.get("once", "")[:64] or uuid4().hex
        export, _new = request_export_once(
            f"page:{key}", form.wanted, actor=self.actor(request), now=timezone.now(), **form.choices
        )
        messages.success(request, _("The export was asked for. It is made in the background."))
        return redirect(ONE, export.pk)

    def detail(self, request: HttpRequest, export_id: UUID) -> HttpResponse:
        """Show one export: what it holds, how far it is, the archive, and how to check it."""
        export = _found(export_id)
        context = {"title": _("Export"), **progress_of(export, timezone.now())}
        return self.page(request, "audit/export.html", context)

    def progress(self, request: HttpRequest, export_id: UUID) -> HttpResponse:
        """Answer the polling page with the part that changes."""
        address = reverse(ONE, args=[export_id])
        if answer := self.page_instead(request, address):
            return answer
        return TemplateResponse(request, "audit/_export_progress.html", progress_of(_found(export_id), timezone.now()))

    def act(self, request: HttpRequest, export_id: UUID, act: ExportAct) -> HttpResponseBase:
        """Pause, resume or cancel an export."""
        export, address = _found(export_id), reverse(ONE, args=[export_id])
        crumbs = [(reverse(LIST), _("Exports of the log")), (address, _("Export"))]
        return confirm_page(self, request, _ACTIONS[act], export, act, crumbs=crumbs)

    @linked_from(lambda _request, export_id: reverse(ONE, args=[export_id]))
    def archive(self, request: HttpRequest, export_id: UUID) -> HttpResponseBase:
        """Give the archive out, or the part of it that is missing; to go on, the step-up of the beginning is enough."""
        export, now = _found(export_id), timezone.now()
        goes_on = export.is_offered(now) and download_of(export).is_partial(request)
        begun = recent_download(export, self.actor(request), now) if goes_on else None
        if answer := self.step_up(request, began_at=begun.time if begun else None):
            return answer
        address = reverse(ONE, args=[export_id])
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        try:
            if export.is_offered(now):
                return archive_response(request, export, actor=self.actor(request), now=now)
        except ExportStateError:
            pass  # it had its time between the two
        except (OSError, DecryptionError):
            messages.error(request, _("The storage does not give the archive out. Try again later."))
            return redirect(address)
        context = {"title": _("Export"), **progress_of(export, now), "gone": True}
        return self.page(request, "audit/export.html", context, HTTPStatus.GONE if export.finished_at else WRONG_STATE)


def _found(export_id: UUID) -> Export:
    return get_object_or_404(Export, pk=export_id)
