"""The staff's page of one person's sums by day: nobody is browsed, and each look is logged first."""

from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.text import capfirst

from .forms import SumsForm
from .policies import signed_in
from .roles import Role
from .services import ShownSum, SumsOf, show_sums
from .windows import Window


class SumsWindow(Window):
    """Asks for a person, then shows their sums by day as the database gives them to staff."""

    readers = frozenset({Role.SUPPORT, Role.PRIVACY_OFFICER, Role.SECURITY_ENGINEER, Role.AUDITOR})
    sums: ClassVar[SumsOf]
    streams: ClassVar[Sequence[str]]

    def get_urls(self) -> list[URLPattern]:
        """Return the one address."""
        return [path("", self.open(self.look), name=f"{self.opts.app_label}_{self.opts.model_name}_changelist")]

    def say_quantity(self, row: ShownSum) -> str:
        """Return a sum with its unit, as staff see it."""
        return f"{row.quantity.normalize():f} {row.unit}" if row.unit and row.quantity is not None else ""

    def look(self, request: HttpRequest) -> HttpResponse:
        """Show the form; posted, log the look and show the sums."""
        form = SumsForm(request.POST if request.method == "POST" else None, streams=self.streams)
        context: dict[str, Any] = {"title": capfirst(self.opts.verbose_name_plural), "form": form}
        if request.method != "POST":
            return self.page(request, "identity/staff/sums.html", **context)
        if not form.is_valid():
            return self.page(request, "identity/staff/sums.html", 422, **context)
        asked = form.cleaned_data
        page = asked["page"] or 1
        rows, has_more = show_sums(
            self.sums,
            asked["person"].reference,
            by=signed_in(request),
            now=timezone.now(),
            stream=asked["stream"],
            start=asked["start"] or date.min,
            end=asked["end"] or date.max,
            page=page,
        )
        context |= {
            "person": asked["person"],
            "rows": [(row, self.say_quantity(row)) for row in rows],
            "next_page": page + 1 if has_more else None,
        }
        return self.page(request, "identity/staff/sums.html", **context)
