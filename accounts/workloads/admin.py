"""The admin pages of workloads: one person's totals by day, ingests, service tokens. Never a person's record."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext, gettext_lazy as _

from accounts.identity.roles import Role
from accounts.identity.services import ShownTotal
from accounts.identity.staff.day_charts import Reading
from accounts.identity.staff.role_admin import RoleListAdmin
from accounts.identity.staff.totals_admin import TotalsAdmin

from .events import SUMS_SHOWN
from .models import Ingest, ServiceToken, SetAsideLine, WorkloadsDailyTotal

_KIB, _MIB = 1024, 1024 * 1024
#: units of which a sum means nothing
_SHARES = frozenset({"percent", "ratio"})
#: metrics that tell where a value ranks among others: a percentile, the least, the most
_RANKED = re.compile(r"(?:^|[._-])(?:p\d+|percentile|median|min|max)(?:[._-]|$)")
_OPERATORS = frozenset({Role.ADMINISTRATOR, Role.SECURITY_ENGINEER, Role.AUDITOR})


def size_bucket(size: int) -> str:
    """Return a coarse size: an exact one may give away what was logged."""
    if size < 64 * _KIB:
        return gettext("under 64 KiB")
    if size < _MIB:
        return gettext("64 KiB to 1 MiB")
    if size < 64 * _MIB:
        return gettext("1 to 64 MiB")
    return gettext("over 64 MiB")


class WorkloadsDailyTotalAdmin(TotalsAdmin):
    """Totals by day of one person's streams."""

    function = "workloads_shown_sums"
    event = SUMS_SHOWN
    streams: ClassVar[Mapping[str, Any]] = {
        "usage": _("Usage"),
        "metrics": _("Metrics"),
        "logs": _("Application log lines"),
        "commands": _("Commands"),
        "weblog": _("Web log"),
        "apps": _("Apps"),
    }
    kinds: ClassVar[Mapping[str, Any]] = {
        "debug": _("debug"),
        "info": _("information"),
        "warning": _("warnings"),
        "error": _("errors"),
        "critical": _("critical errors"),
    }
    units: ClassVar[Mapping[str, Any]] = {
        "hour": _("hours"),
        "gib": "GiB",
        "gib_hour": _("GiB-hours"),
        "mib": "MiB",
        "ms": "ms",
        "percent": "%",
        "request": _("requests"),
    }

    def reading(self, row: ShownTotal) -> Reading:
        """Return a sum for usage alone: metrics add up to nothing, and percentiles have no average either."""
        if row.stream == "usage" and row.unit not in _SHARES:
            return Reading.SUM
        if row.stream == "usage" or (row.stream == "metrics" and not _RANKED.search(row.kind)):
            return Reading.AVERAGE
        return Reading.COUNT

    def size_text(self, row: ShownTotal) -> str:
        return size_bucket(int(row.quantity)) if row.stream == "logs" and row.quantity is not None else ""


class IngestAdmin(RoleListAdmin):
    """Ingests, with the number of lines set aside."""

    readers = _OPERATORS
    list_display = ("began_at", "ended_at", "source", "lines", "kept", "known", "aside")
    list_filter = ("source",)
    ordering = ("-began_at", "-id")

    @admin.display(description=_("set aside"))
    def aside(self, row: Ingest) -> str:
        """Return the number of lines set aside, linked to their list."""
        return format_html('<a href="../setasideline/?ingest__exact={}">{}</a>', row.id, row.set_aside)


class SetAsideLineAdmin(RoleListAdmin):
    """Lines that broke a rule: number, field, rule."""

    readers = _OPERATORS
    list_display = ("ingest_number", "number", "field", "rule")
    lookups = frozenset({"ingest__exact"})
    ordering = ("-id",)

    @admin.display(description=_("ingest"))
    def ingest_number(self, row: SetAsideLine) -> str:
        """Return the beginning of the ingest's number, which tells it from others."""
        return str(row.ingest)[:8]


class ServiceTokenAdmin(RoleListAdmin):
    """Tokens of the platform, without their hashes."""

    readers = _OPERATORS
    list_display = ("name", "scopes", "made_at", "expires_at", "used_at", "revoked_at")
    ordering = ("-made_at",)


def register(site: admin.AdminSite) -> None:
    """Register the pages; no restricted model is among them."""
    site.register(WorkloadsDailyTotal, WorkloadsDailyTotalAdmin)
    site.register(Ingest, IngestAdmin)
    site.register(SetAsideLine, SetAsideLineAdmin)
    site.register(ServiceToken, ServiceTokenAdmin)
