"""The admin pages of the log: entries by filter, timelines, one entry with its inclusion path."""

from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from core.file_response import linked_from
from core.refusals import INVALID, NOT_ALLOWED, WRONG_STATE

from .errors import DisclosureRefusedError, NotInLogError, NotSignedYetError
from .exports.models import Export, ExportSchedule
from .log.models import Entry
from .log.read_disclosure import Whose, is_staffs, read_disclosure
from .search import selectors
from .search.entries import EntryView
from .search.queries import SCAN_LIMIT
from .staff import presenters
from .staff.checkpoint_pages import CheckpointPages
from .staff.entry_page import encrypted_parts, entry_context, opened_fields
from .staff.export_pages import ExportAdmin
from .staff.schedule_pages import ScheduleAdmin
from .staff.search_forms import LogFilter, OpenForm, read_cursor
from .staff.token_pages import TokenAdmin
from .staff_access import staff_access
from .tokens.models import ReaderToken
from .tree import prover
from .tree.models import StoredCheckpoint
from .tree.proof_download import download

#: rule of a refused disclosure → status, NOT_ALLOWED for the others
_STATUSES = {"gone": HTTPStatus.NOT_FOUND, "broken": WRONG_STATE}


def _entry_url(_request: HttpRequest, entry_id: UUID) -> str:
    return reverse("admin:audit_entry_detail", args=[entry_id])


class LogAdmin(CheckpointPages):
    """Nothing here changes the log, except that decrypting what an entry holds appends one."""

    def get_urls(self) -> list[URLPattern]:
        return [
            path("", self.protect(self.log), name="audit_entry_changelist"),
            path("<uuid:entry_id>/", self.protect(self.entry), name="audit_entry_detail"),
            path("<uuid:entry_id>/leaf/", self.protect(self.leaf), name="audit_entry_leaf"),
            path(
                "<uuid:entry_id>/subject/",
                self.protect(self.disclose),
                {"whose": "subject"},
                name="audit_entry_subject",
            ),
            path("<uuid:entry_id>/actor/", self.protect(self.disclose), {"whose": "actor"}, name="audit_entry_actor"),
            path("<uuid:entry_id>/receipt/", self.protect(self.receipt), name="audit_entry_receipt"),
            *super().get_urls(),
        ]

    def log(self, request: HttpRequest) -> HttpResponse:
        """List entries that fit the filter, newest first, with what the newest of them are."""
        form = LogFilter(request.GET)
        context: dict[str, Any] = {"title": _("Log"), "form": form}
        if not form.is_valid():
            return self.page(request, "audit/log.html", context, INVALID)
        page, facets = selectors.find(form.wanted, **form.cursor), selectors.count_facets(form.wanted)
        names = _staff_names(page.entries)
        context |= {
            "page": page,
            "rows": presenters.table_rows(page.entries, names, reverse("admin:audit_entry_changelist")),
            "facets": facets,
            "facet_lists": presenters.facet_lists(facets, form.criteria),
            "narrowed": len(form.criteria.keys() - {"routine"}),
            "tabs": presenters.routine_tabs(form.criteria) if form.may_hold_routine else [],
            "export_url": _export_url(request, form.criteria),
            "scan_limit": SCAN_LIMIT,
            "checkpoint": StoredCheckpoint.objects.order_by("-size").first(),
            **presenters.pager(page, form.criteria),
        }
        return self.page(request, "audit/log.html", context)

    def case(self, request: HttpRequest, case: str) -> HttpResponse:
        """Show the timeline of one case, newest first."""
        return self._timeline(request, selectors.list_case, case, "case", case)

    def subject(self, request: HttpRequest, subject: str) -> HttpResponse:
        """Show the timeline of one person, newest first."""
        return self._timeline(request, selectors.list_subject, subject, "subject", _("Everything about one person"))

    def _timeline(
        self, request: HttpRequest, listed: Callable[..., selectors.Page], value: str, field: str, title: str
    ) -> HttpResponse:
        page = listed(value, **read_cursor(request.GET))
        if not page.entries and page.newer is None:
            raise Http404
        names = _staff_names(page.entries)
        base = reverse("admin:audit_entry_changelist")
        context = {
            "title": title,
            "value": value,
            "entries": presenters.timeline(page.entries, names, base),
            "list_url": f"{base}?{urlencode({field: value})}",
            **presenters.pager(page, {}),
        }
        return self.page(request, "audit/timeline.html", context)

    def entry(self, request: HttpRequest, entry_id: UUID) -> HttpResponse:
        """Show one entry: its sentence, its exact bytes, its inclusion path. Nothing is decrypted."""
        entry = _found(entry_id)
        names = _names_of(entry)
        return self._entry_page(request, entry, names, encrypted_parts(entry, names))

    def disclose(self, request: HttpRequest, entry_id: UUID, whose: Whose) -> HttpResponseBase:
        """Show what is encrypted under one holder's key, once, for a posted reason; it is logged before it is shown."""
        entry = _found(entry_id)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        names = _names_of(entry)
        parts, refusal, status = encrypted_parts(entry, names), "", 200
        part = next((part for part in parts if part["whose"] == whose), {})
        form = OpenForm(request.POST, staff=is_staffs(entry, whose), prefix=whose)
        allowed = self.may_read(request, "open")
        if allowed and (answer := staff_access().step_up_to_read(request)):
            return answer
        if allowed and not form.is_valid():
            part["form"] = form
            return self._entry_page(request, entry, names, parts, status=INVALID)
        given = form.cleaned_data if form.is_valid() else {}
        try:
            opened = read_disclosure(
                entry,
                whose,
                actor=self.actor(request),
                allowed=allowed,
                reason=given.get("reason", ""),
                case=given.get("case", ""),
                now=timezone.now(),
            )
        except DisclosureRefusedError as error:
            refusal, status = error.sentence, _STATUSES.get(error.rule, NOT_ALLOWED)
            part["form"] = form
        else:
            part["opened"] = opened_fields(opened)
        return self._entry_page(request, entry, names, parts, refusal=refusal, status=status)

    @linked_from(_entry_url)
    def leaf(self, _request: HttpRequest, entry_id: UUID) -> HttpResponse:
        """Return the exact bytes that were hashed, as a file."""
        leaf = bytes(_found(entry_id).leaf)
        answer = HttpResponse(leaf, content_type="application/octet-stream")
        answer["Content-Disposition"] = f'attachment; filename="{entry_id}.leaf.json"'
        return answer

    @linked_from(_entry_url)
    def receipt(self, request: HttpRequest, entry_id: UUID) -> HttpResponse:
        """Return the entry's receipt as a file; before a checkpoint covers the entry, a message on its page."""
        try:
            return download(prover.make_receipt(entry_id), entry_id)
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
            "parts": parts,
            "may_open": self.may_read(request, "open"),
            "refusal": refusal,
        }
        return self.page(request, "audit/entry.html", context, status)


def _found(entry_id: UUID) -> Entry:
    try:
        return selectors.get_entry(entry_id)
    except Entry.DoesNotExist:
        raise Http404 from None


def _staff_names(entries: Iterable[EntryView]) -> Mapping[str, str]:
    return staff_access().staff_names({entry.actor_reference for entry in entries if entry.actor_kind == "staff"})


def _names_of(entry: Entry) -> Mapping[str, str]:
    return staff_access().staff_names({entry.subject or "", entry.actor.partition(":")[2]} - {""})


def _export_url(request: HttpRequest, criteria: Mapping[str, str]) -> str:
    """Return the address that exports what is listed; empty for who may not, and for a filter that exports lack."""
    if "kind" in criteria or not staff_access().may(request, "export"):
        return ""
    return f"{reverse('admin:audit_export_new')}?{urlencode(criteria)}"


def register(site: admin.AdminSite) -> None:
    """Register the pages of the log, its exports, their schedules and reader tokens."""
    site.register(Entry, LogAdmin)
    site.register(Export, ExportAdmin)
    site.register(ExportSchedule, ScheduleAdmin)
    site.register(ReaderToken, TokenAdmin)
