"""The admin page of one person's totals by day: nobody is browsed, and each access is logged first."""

from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.text import capfirst

from accounts.identity.forms import SumsForm
from accounts.identity.roles import Role
from accounts.identity.services import ShownTotal, SumsOf, show_sums
from core.refusals import INVALID

from .role_admin import RoleAdmin


class TotalsAdmin(RoleAdmin):
    """Asks for a person, then shows their totals by day as the database gives them to staff."""

    readers = frozenset({Role.SUPPORT, Role.PRIVACY_OFFICER, Role.SECURITY_ENGINEER, Role.AUDITOR})
    sums: ClassVar[SumsOf]
    streams: ClassVar[Sequence[str]]

    def get_urls(self) -> list[URLPattern]:
        """Return the one address."""
        return [path("", self.protect(self.totals), name=f"{self.opts.app_label}_{self.opts.model_name}_changelist")]

    def quantity_text(self, row: ShownTotal) -> str:
        """Return a total with its unit."""
        return f"{row.quantity.normalize():f} {row.unit}" if row.unit and row.quantity is not None else ""

    def totals(self, request: HttpRequest) -> HttpResponseBase:
        """Show the form; posted, log the access and show the totals."""
        form = SumsForm(request.POST if request.method == "POST" else None, streams=self.streams)
        context: dict[str, Any] = {"title": capfirst(self.opts.verbose_name_plural), "form": form}
        if request.method != "POST":
            return self.page(request, "identity/staff/sums.html", context)
        if not form.is_valid():
            return self.page(request, "identity/staff/sums.html", context, INVALID)
        asked = form.cleaned_data
        page = asked["page"] or 1
        rows, has_more = show_sums(
            self.sums,
            asked["person"].reference,
            by=self.actor(request),
            now=timezone.now(),
            stream=asked["stream"],
            start=asked["start"] or date.min,
            end=asked["end"] or date.max,
            page=page,
        )
        context |= {
            "person": asked["person"],
            "rows": [(row, self.quantity_text(row)) for row in rows],
            "next_page": page + 1 if has_more else None,
        }
        return self.page(request, "identity/staff/sums.html", context)
