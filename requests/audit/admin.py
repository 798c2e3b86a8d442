"""The log as staff read it: filters by exact match, pages by keyset, one entry with its place in the tree."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from . import proving, selectors, shown
from .checkpoint_pages import CheckpointPages
from .entry_page import entry_context, sealed_parts, show_opened
from .errors import DisclosureRefusedError, NotInLogError, NotSignedYetError
from .forms import LogFilter, OpenForm, read_cursor
from .models import Checkpoint, Entry
from .ports import desk
from .receipt_door import download
from .services import Whose, is_staffs, read_disclosure
from .walks import BUDGET
from .windows import LogWindow


class LogAdmin(LogWindow):
    """Windows: nothing here changes the log, but that opening what is sealed adds a line to it."""

    right = "read"

    def get_urls(self) -> list[URLPattern]:
        return [
            path("", self.open(self.log), name="audit_entry_changelist"),
            path("<uuid:entry_id>/", self.open(self.entry), name="audit_entry_detail"),
            path("<uuid:entry_id>/leaf/", self.open(self.leaf), name="audit_entry_leaf"),
            path(
                "<uuid:entry_id>/subject/", self.open(self.disclose), {"whose": "subject"}, name="audit_entry_subject"
            ),
            path("<uuid:entry_id>/actor/", self.open(self.disclose), {"whose": "actor"}, name="audit_entry_actor"),
            path("<uuid:entry_id>/receipt/", self.open(self.receipt), name="audit_entry_receipt"),
            *CheckpointPages(self).urls(),
        ]

    def log(self, request: HttpRequest) -> HttpResponse:
        """List entries that fit the filter, newest first, with what the newest of them are."""
        form = LogFilter(request.GET)
        context: dict[str, Any] = {"title": _("Log"), "form": form, "zone": shown.zone_label()}
        if not form.is_valid():
            return self.page(request, "audit/log.html", context, status=400)
        page, facets = selectors.find(form.wanted, **form.cursor), selectors.count_facets(form.wanted)
        names = desk().staff_names({line.actor_reference for line in page.lines if line.actor_kind == "staff"})
        context |= {
            "page": page,
            "rows": shown.table_rows(page.lines, names, reverse("admin:audit_entry_changelist")),
            "facets": facets,
            "facet_lists": shown.facet_lists(facets, form.asked),
            "narrowed": len(form.asked),
            "export_url": _export_url(request, form.asked),
            "budget": BUDGET,
            "checkpoint": Checkpoint.objects.order_by("-size").first(),
            **shown.pager(page, form.asked),
        }
        return self.page(request, "audit/log.html", context)

    def case(self, request: HttpRequest, case: str) -> HttpResponse:
        """Show the timeline of one case, newest first."""
        return self._timeline(request, selectors.list_case, case, "case")

    def subject(self, request: HttpRequest, subject: str) -> HttpResponse:
        """Show the timeline of one person, newest first."""
        return self._timeline(request, selectors.list_subject, subject, "subject")

    def _timeline(
        self, request: HttpRequest, listed: Callable[..., selectors.Page], value: str, field: str
    ) -> HttpResponse:
        page = listed(value, **read_cursor(request.GET))
        if not page.lines and page.newer is None:
            raise Http404
        names = desk().staff_names({line.actor_reference for line in page.lines if line.actor_kind == "staff"})
        base = reverse("admin:audit_entry_changelist")
        context = {
            "title": value,
            "entries": shown.timeline(page.lines, names, base),
            "zone": shown.zone_label(),
            "list_url": f"{base}?{urlencode({field: value})}",
            **shown.pager(page, {}),
        }
        return self.page(request, "audit/timeline.html", context)

    def entry(self, request: HttpRequest, entry_id: UUID) -> HttpResponse:
        """Show one entry: its sentence, its exact bytes, its place in the tree. What is sealed stays sealed."""
        entry = _found(entry_id)
        names = _names_of(entry)
        return self._entry_page(request, entry, names, sealed_parts(entry, names))

    def disclose(self, request: HttpRequest, entry_id: UUID, whose: Whose) -> HttpResponseBase:
        """Show what is sealed under one holder's key, once, by a posted reason; the log has it before the reader."""
        entry = _found(entry_id)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        names = _names_of(entry)
        parts, refusal, status = sealed_parts(entry, names), "", 200
        form = OpenForm(request.POST, staff=is_staffs(entry, whose), prefix=whose)
        allowed = desk().may(request, "open")
        if allowed and (way := desk().step_up_to_read(request)):
            return way
        if allowed and not form.is_valid():
            _replace_form(parts, whose, form)
            return self._entry_page(request, entry, names, parts, status=422)
        given = form.cleaned_data if form.is_valid() else {}
        try:
            opened = read_disclosure(
                entry,
                whose,
                actor=desk().actor(request),
                allowed=allowed,
                reason=given.get("reason", ""),
                case=given.get("case", ""),
                now=timezone.now(),
            )
        except DisclosureRefusedError as error:
            refusal, status = error.sentence, 404 if error.rule == "gone" else 403
            _replace_form(parts, whose, form)
        else:
            show_opened(parts, whose, opened)
        return self._entry_page(request, entry, names, parts, refusal=refusal, status=status)

    def leaf(self, _request: HttpRequest, entry_id: UUID) -> HttpResponse:
        """Hand over the exact bytes that were hashed."""
        leaf = bytes(_found(entry_id).leaf)
        answer = HttpResponse(leaf, content_type="application/octet-stream")
        answer["Content-Disposition"] = f'attachment; filename="{entry_id}.leaf.json"'
        return answer

    def receipt(self, request: HttpRequest, entry_id: UUID) -> HttpResponse:
        """Hand over the entry's receipt; before it is in a signed tree, say so on its page."""
        try:
            return download(proving.make_receipt(entry_id), entry_id)
        except NotInLogError:
            raise Http404 from None
        except NotSignedYetError:
            messages.info(
                request, _("The receipt can be made once a signed checkpoint covers the entry: in a few seconds.")
            )
            return HttpResponseRedirect(reverse("admin:audit_entry_detail", args=[entry_id]))

    def _entry_page(
        self,
        request: HttpRequest,
        entry: Entry,
        names: Mapping[str, str],
        parts: list[dict[str, Any]],
        *,
        refusal: str = "",
        status: int = 200,
    ) -> HttpResponse:
        context = {
            **entry_context(entry, names),
            "zone": shown.zone_label(),
            "parts": parts,
            "may_open": desk().may(request, "open"),
            "refusal": refusal,
        }
        return self.page(request, "audit/entry.html", context, status)


def _found(entry_id: UUID) -> Entry:
    try:
        return selectors.get_entry(entry_id)
    except Entry.DoesNotExist:
        raise Http404 from None


def _names_of(entry: Entry) -> Mapping[str, str]:
    return desk().staff_names({entry.subject or "", entry.actor.partition(":")[2]} - {""})


def _replace_form(parts: list[dict[str, Any]], whose: str, form: OpenForm) -> None:
    for part in parts:
        if part["whose"] == whose:
            part["form"] = form


def _export_url(request: HttpRequest, asked: Mapping[str, str]) -> str:
    """Return the form that exports what is shown; empty for readers who may not, and for what no export filters by."""
    if "kind" in asked or not desk().may(request, "export"):
        return ""
    return f"{reverse('admin:audit_export_new')}?{urlencode(asked)}"


def register(site: admin.AdminSite) -> None:
    """Put the log on the staff site; who reads it, and how people are called, the desk says."""
    site.register(Entry, LogAdmin)
