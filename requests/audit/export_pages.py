"""Exports on the staff site: the list, a new one after its estimate, one as it grows, its archive."""

from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vault.errors import SealBrokenError

from . import services
from .archive_door import archive_response, is_partial
from .desk_forms import ExportForm
from .errors import ExportRefusedError, ExportStateError
from .export_shown import facts_of, list_exports, moving_of, offered_filter
from .export_states import ExportAct
from .models import Export
from .ports import desk
from .windows import LogWindow

LIST, ONE = "admin:audit_export_changelist", "admin:audit_export_detail"


class _Act(NamedTuple):
    do: Callable[..., Export]
    title: str | Promise
    text: str | Promise
    done: str | Promise
    danger: bool = False


_ACTS = {
    ExportAct.PAUSE: _Act(
        services.pause_export,
        gettext_lazy("Pause the export"),
        gettext_lazy("It stops after the stretch that it is writing. What is written stays, and it can go on later."),
        gettext_lazy("The export is paused."),
    ),
    ExportAct.RESUME: _Act(
        services.resume_export,
        gettext_lazy("Resume the export"),
        gettext_lazy("It goes on after the last stretch that was written whole."),
        gettext_lazy("The export goes on."),
    ),
    ExportAct.CANCEL: _Act(
        services.cancel_export,
        gettext_lazy("Cancel the export"),
        gettext_lazy("What is written so far is removed. This cannot be undone; a new export begins from the start."),
        gettext_lazy("The export was cancelled."),
        danger=True,
    ),
}


class ExportWindow(LogWindow):
    """Exports are asked for, watched and fetched by those who hold the right to export."""

    right = "export"

    def get_urls(self) -> list[URLPattern]:
        one = "<uuid:export_id>/"
        return [
            path("", self.open(self.list), name="audit_export_changelist"),
            path("new/", self.open(self.new, step_up=True), name="audit_export_new"),
            path(one, self.open(self.detail), name="audit_export_detail"),
            path(f"{one}progress/", self.progress, name="audit_export_progress"),
            path(f"{one}archive/", self.open(self.archive), name="audit_export_archive"),
            *(path(f"{one}{act}/", self.open(self.act), {"act": act}, name=f"audit_export_{act}") for act in _ACTS),
        ]

    def list(self, request: HttpRequest) -> HttpResponse:
        """Show exports, the newest first."""
        page = list_exports(request.GET.get("older", ""))
        context = {"title": _("Exports of the log"), "rows": page.rows, "older_url": page.older_url, "newer_url": ""}
        return self.page(request, "audit/exports.html", context, 200 if page.is_whole else 400)

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
                    form.refuse(error.field, error.sentence)
            else:
                context |= {"estimate": services.estimate(form.wanted), "facts": facts_of(form.wanted)}
                context |= {"hidden": [*form.written(), ("once", uuid4().hex)]}
        return self.page(request, "audit/export_new.html", context, 400 if form.errors else 200)

    def _start(self, request: HttpRequest, form: ExportForm) -> HttpResponse:
        # The key comes from the page with the estimate: pressing twice starts one export.
        key = request.POST.get("once", "")[:64] or uuid4().hex
        export, _new = services.ask_export_once(
            f"page:{key}", form.wanted, actor=desk().actor(request), now=timezone.now(), **form.choices
        )
        messages.success(request, _("The export was asked for. It is made in the background."))
        return redirect(ONE, export.pk)

    def detail(self, request: HttpRequest, export_id: UUID) -> HttpResponse:
        """Show one export: what it holds, how far it is, the archive, and how to check it."""
        export = _found(export_id)
        context = {"title": _("Export"), **moving_of(export, timezone.now())}
        return self.page(request, "audit/export.html", context)

    def progress(self, request: HttpRequest, export_id: UUID) -> HttpResponse:
        """Answer the polling page with the part that moves; without htmx lead to the page itself."""
        address = reverse(ONE, args=[export_id])
        if not getattr(request, "htmx", False):
            return redirect(address)
        if not desk().may(request, self.right):
            # Signed out meanwhile: a redirect would put the sign-in page into the middle of this one.
            return HttpResponse(headers={"HX-Redirect": address})
        return TemplateResponse(request, "audit/_export_moving.html", moving_of(_found(export_id), timezone.now()))

    def act(self, request: HttpRequest, export_id: UUID, act: ExportAct) -> HttpResponse:
        """Ask on a page of its own, then do it; a refusal says why and changes nothing."""
        export, asked, address = _found(export_id), _ACTS[act], reverse(ONE, args=[export_id])
        refusal = ""
        if request.method == "POST":
            try:
                asked.do(export, actor=desk().actor(request), now=timezone.now())
            except ExportStateError as error:
                refusal = error.sentence
            else:
                messages.success(request, str(asked.done))
                return redirect(address)
        context = {
            "crumbs": [(reverse(LIST), _("Exports of the log")), (address, _("Export"))],
            "title": asked.title,
            "heading": asked.title,
            "text": asked.text,
            "action": asked.title,
            "danger": asked.danger,
            "refusal": refusal,
            "back_url": address,
        }
        return self.page(request, "audit/act.html", context, 409 if refusal else 200)

    def archive(self, request: HttpRequest, export_id: UUID) -> HttpResponseBase:
        """Give the archive out, or the part of it that is missing; to go on, the step-up of the beginning is enough."""
        export, now = _found(export_id), timezone.now()
        goes_on = export.is_offered(now) and is_partial(request, export)
        begun = services.recent_download(export, desk().actor(request), now) if goes_on else None
        if (answer := desk().step_up(request, began_at=begun.time if begun is not None else None)) is not None:
            return answer
        address = reverse(ONE, args=[export_id])
        if request.method not in {"GET", "HEAD"}:
            return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
        try:
            if export.is_offered(now):
                return archive_response(request, export, actor=desk().actor(request), now=now)
        except ExportStateError:
            pass  # it had its time between the two
        except (OSError, SealBrokenError):
            messages.error(request, _("The storage does not give the archive out. Try again later."))
            return redirect(address)
        context = {"title": _("Export"), **moving_of(export, now), "gone": True}
        return self.page(request, "audit/export.html", context, 410 if export.finished_at else 409)


def _found(export_id: UUID) -> Export:
    found = Export.objects.filter(pk=export_id).first()
    if found is None:
        raise Http404
    return found
