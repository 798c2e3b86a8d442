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
from accounts.identity.services import ShownTotal, show_sums
from audit.log.event_types import EventType
from core.refusals import INVALID

from .role_admin import RoleAdmin


class TotalsAdmin(RoleAdmin):
    """Asks for a person, then shows their totals by day as the database gives them to staff."""

    readers = frozenset({Role.SUPPORT, Role.PRIVACY_OFFICER, Role.SECURITY_ENGINEER, Role.AUDITOR})
    #: the database function that returns the totals, and the event of an access that authorises it
    function: ClassVar[str]
    event: ClassVar[EventType]
    streams: ClassVar[Sequence[str]]

    def get_urls(self) -> list[URLPattern]:
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
        wanted = form.cleaned_data
        page = wanted["page"] or 1
        rows, has_more = show_sums(
            self.function,
            self.event,
            wanted["person"].reference,
            actor=self.actor(request),
            now=timezone.now(),
            stream=wanted["stream"],
            start=wanted["start"] or date.min,
            end=wanted["end"] or date.max,
            page=page,
        )
        context |= {
            "person": wanted["person"],
            "rows": [(row, self.quantity_text(row)) for row in rows],
            "next_page": page + 1 if has_more else None,
        }
        return self.page(request, "identity/staff/sums.html", context)
