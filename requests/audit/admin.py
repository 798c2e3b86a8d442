"""The log as staff read it: filters by exact match, pages by keyset, one entry with its place in the tree."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from . import proving, selectors, shown
from .errors import NotInLogError, NotSignedYetError
from .forms import LogFilter
from .lines import line_of
from .models import Checkpoint, Entry, Leaf
from .ports import desk
from .receipt_door import download
from .walks import BUDGET


class LogAdmin(admin.ModelAdmin[Entry]):
    """Two windows and no door: nothing here changes the log."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return desk().may(request, "read")

    def has_view_permission(self, request: HttpRequest, _obj: Any = None) -> bool:
        return desk().may(request, "read")

    def has_add_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("", wrap(self.log), name="audit_entry_changelist"),
            path("<uuid:entry_id>/", wrap(self.entry), name="audit_entry_detail"),
            path("<uuid:entry_id>/receipt/", wrap(self.receipt), name="audit_entry_receipt"),
        ]

    def log(self, request: HttpRequest) -> HttpResponse:
        """List entries that fit the filter, newest first, with what the newest of them are."""
        if not desk().may(request, "read"):
            raise PermissionDenied
        form = LogFilter(request.GET)
        context: dict[str, Any] = {"title": _("Log"), "form": form, "zone": shown.zone_label()}
        if not form.is_valid():
            return self._page(request, "audit/log.html", context, status=400)
        page, facets = selectors.find(form.wanted, **form.cursor), selectors.count_facets(form.wanted)
        names = desk().staff_names({line.actor_reference for line in page.lines if line.actor_kind == "staff"})
        context |= {
            "page": page,
            "rows": shown.table_rows(page.lines, names, reverse("admin:audit_entry_changelist")),
            "facets": facets,
            "facet_lists": shown.facet_lists(facets, form.asked),
            "narrowed": bool(form.asked),
            "budget": BUDGET,
            "checkpoint": Checkpoint.objects.order_by("-size").first(),
            **_pager(page, form.asked),
        }
        return self._page(request, "audit/log.html", context)

    def entry(self, request: HttpRequest, entry_id: UUID) -> HttpResponse:
        """Show one entry: its sentence, its exact bytes, its place in the tree. What is sealed stays sealed."""
        if not desk().may(request, "read"):
            raise PermissionDenied
        try:
            found = selectors.get_entry(entry_id)
        except Entry.DoesNotExist:
            raise Http404 from None
        line, leaf = line_of(found), bytes(found.leaf)
        place = Leaf.objects.filter(entry=entry_id).first()
        covering = Checkpoint.objects.filter(size__gt=place.index).order_by("size").first() if place else None
        context = {
            "title": line.event,
            "line": line,
            "leaf": leaf.decode(),
            "sealed": len(orjson.loads(leaf)["sd"]),
            "place": place,
            "leaf_hash": bytes(place.hash).hex() if place else "",
            "checkpoint": covering,
        }
        return self._page(request, "audit/entry.html", context)

    def receipt(self, request: HttpRequest, entry_id: UUID) -> HttpResponse:
        """Hand over the entry's receipt; before it is in a signed tree, say so on its page."""
        if not desk().may(request, "read"):
            raise PermissionDenied
        try:
            return download(proving.make_receipt(entry_id), entry_id)
        except NotInLogError:
            raise Http404 from None
        except NotSignedYetError:
            messages.info(
                request, _("The receipt can be made once a signed checkpoint covers the entry: in a few seconds.")
            )
            return HttpResponseRedirect(reverse("admin:audit_entry_detail", args=[entry_id]))

    def _page(self, request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
        full = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, template, full, status=status)


def _pager(page: selectors.Page, asked: Mapping[str, str]) -> dict[str, str]:
    """Return the addresses of the pages around this one, as `office/_pagination.html` takes them."""

    def link(**cursor: Any) -> str:
        return "?" + urlencode({**asked, **cursor})

    return {
        "newest_url": link() if page.newer else "",
        "newer_url": link(newer=page.newer) if page.newer else "",
        "older_url": link(older=page.older) if page.older else "",
        "oldest_url": link(end="oldest") if page.older else "",
    }


def register(site: admin.AdminSite) -> None:
    """Put the log on the staff site; who reads it, and how people are called, the desk says."""
    site.register(Entry, LogAdmin)
