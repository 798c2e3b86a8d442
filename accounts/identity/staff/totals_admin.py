"""The admin page of one person's totals by day: nobody is browsed, and each access is logged first."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date
from itertools import groupby
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

from .day_charts import Reading, day_chart
from .role_admin import RoleAdmin


class TotalsAdmin(RoleAdmin):
    """Asks for a person, then shows their totals by day as the database gives them to staff."""

    readers = frozenset({Role.SUPPORT, Role.PRIVACY_OFFICER, Role.SECURITY_ENGINEER, Role.AUDITOR})
    #: the database function that returns the totals, and the event of an access that authorises it
    function: ClassVar[str]
    event: ClassVar[EventType]
    #: stream → its title; codes of kinds and units → words for people
    streams: ClassVar[Mapping[str, Any]]
    kinds: ClassVar[Mapping[str, Any]] = {}
    units: ClassVar[Mapping[str, Any]] = {}

    def get_urls(self) -> list[URLPattern]:
        return [path("", self.protect(self.totals), name=f"{self.opts.app_label}_{self.opts.model_name}_changelist")]

    def reading(self, row: ShownTotal) -> Reading:  # noqa: ARG002  for those whose streams measure something
        """Return what the series of this total says."""
        return Reading.COUNT

    def size_text(self, row: ShownTotal) -> str:  # noqa: ARG002  for those that may tell a size
        """Return what stands for the amount of a total whose records are counted; empty for nothing."""
        return ""

    def totals(self, request: HttpRequest) -> HttpResponseBase:
        """Show the form; posted, log the access and show the totals."""
        now = timezone.now()
        form = SumsForm(
            request.POST if request.method == "POST" else None,
            streams=list(self.streams.items()),
            today=now.astimezone(UTC).date(),
        )
        context: dict[str, Any] = {"title": capfirst(self.opts.verbose_name_plural), "form": form}
        if request.method != "POST":
            return self.page(request, "identity/staff/sums.html", context)
        if not form.is_valid():
            return self.page(request, "identity/staff/sums.html", context, INVALID)
        wanted = form.cleaned_data
        days = {"start": wanted["start"], "end": wanted["end"]}
        rows, has_more = show_sums(
            self.function,
            self.event,
            wanted["person"].reference,
            actor=self.actor(request),
            now=now,
            stream=wanted["stream"],
            **days,
        )
        context |= {"person": wanted["person"], "streams": self._streams(rows, **days), "has_more": has_more, **days}
        return self.page(request, "identity/staff/sums.html", context)

    def _streams(self, rows: Sequence[ShownTotal], **days: date) -> list[tuple[Any, list[dict[str, Any]]]]:
        """Return the title of each stream that has totals, and a chart of each of its series."""
        found = []
        for name, title in self.streams.items():
            own = [row for row in rows if row.stream == name]
            if own:
                found.append((title, list(self._charts(own, title, **days))))
        return found

    def _charts(self, rows: Sequence[ShownTotal], title: Any, **days: date) -> Iterator[dict[str, Any]]:
        def series(row: ShownTotal) -> tuple[str, str]:
            return row.kind, row.unit

        for (kind, unit), grouped in groupby(sorted(rows, key=series), series):
            own = list(grouped)
            yield day_chart(
                own,
                self.reading(own[0]),
                title=str(self.kinds.get(kind, kind) or title),
                unit=str(self.units.get(unit, unit)),
                sizes={row.day: text for row in own if (text := self.size_text(row))},
                **days,
            )
