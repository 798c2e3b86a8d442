"""The log as staff read it: filters by exact match, pages by keyset, one entry with its place in the tree."""

from collections.abc import Callable
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

from . import proving, selectors
from .errors import NotInLogError, NotSignedYetError
from .forms import LogFilter
from .models import Checkpoint, Entry, Leaf
from .receipt_door import download

MayRead = Callable[[HttpRequest], bool]


class LogAdmin(admin.ModelAdmin[Entry]):
    """Two windows and no door: nothing here changes the log."""

    may_read: MayRead

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.may_read(request)

    def has_view_permission(self, request: HttpRequest, _obj: Any = None) -> bool:
        return self.may_read(request)

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
        """List entries that fit the filter, newest first."""
        if not self.may_read(request):
            raise PermissionDenied
        form = LogFilter(request.GET)
        lines, status = [], 400
        if form.is_valid():
            wanted = form.cleaned_data
            lines, status = selectors.search(**wanted), 200
        older = ""
        if len(lines) == selectors.PAGE_SIZE:
            kept = {name: str(value) for name, value in request.GET.items() if name != "before"}
            older = "?" + urlencode({**kept, "before": str(lines[-1].id)})
        context = {
            **self.admin_site.each_context(request),
            "title": _("Log"),
            "form": form,
            "lines": lines,
            "older_url": older,
            "checkpoint": Checkpoint.objects.order_by("-size").first(),
            "opts": self.opts,
        }
        return TemplateResponse(request, "audit/log.html", context, status=status)

    def entry(self, request: HttpRequest, entry_id: UUID) -> HttpResponse:
        """Show one entry: its sentence, its exact bytes, its place in the tree. What is sealed stays sealed."""
        if not self.may_read(request):
            raise PermissionDenied
        try:
            line = selectors.get_line(entry_id)
        except Entry.DoesNotExist:
            raise Http404 from None
        leaf = bytes(Entry.objects.only("leaf").get(pk=entry_id).leaf)
        place = Leaf.objects.filter(entry=entry_id).first()
        covering = Checkpoint.objects.filter(size__gt=place.index).order_by("size").first() if place else None
        context = {
            **self.admin_site.each_context(request),
            "title": line.event,
            "line": line,
            "leaf": leaf.decode(),
            "sealed": len(orjson.loads(leaf)["sd"]),
            "place": place,
            "leaf_hash": bytes(place.hash).hex() if place else "",
            "checkpoint": covering,
            "opts": self.opts,
        }
        return TemplateResponse(request, "audit/entry.html", context)

    def receipt(self, request: HttpRequest, entry_id: UUID) -> HttpResponse:
        """Hand over the entry's receipt; before it is in a signed tree, say so on its page."""
        if not self.may_read(request):
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


def register(site: admin.AdminSite, *, may_read: MayRead) -> None:
    """Put the log on the staff site, for those whom `may_read` lets in: the log itself knows no roles."""
    site.register(Entry, type("LogAdmin", (LogAdmin,), {"may_read": staticmethod(may_read)}))
