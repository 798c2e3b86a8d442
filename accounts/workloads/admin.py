"""The admin pages of workloads: one person's totals by day, ingests, service tokens. Never a person's record."""

from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.identity.roles import Role
from accounts.identity.services import ShownTotal
from accounts.identity.staff.role_admin import RoleListAdmin
from accounts.identity.staff.totals_admin import TotalsAdmin

from .events import SUMS_SHOWN
from .models import Ingest, ServiceToken, SetAsideLine, WorkloadsDailyTotal

_KIB, _MIB = 1024, 1024 * 1024
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
    streams = ("apps", "commands", "logs", "metrics", "usage")

    def quantity_text(self, row: ShownTotal) -> str:
        if row.unit == "byte" and row.quantity is not None:
            return size_bucket(int(row.quantity))
        return super().quantity_text(row)


class IngestAdmin(RoleListAdmin):
    """Ingests, with the number of lines set aside."""

    readers = _OPERATORS
    list_display = ("id", "began_at", "ended_at", "source", "lines", "kept", "known", "aside")
    list_filter = ("source",)
    ordering = ("-began_at", "-id")

    @admin.display(description=_("set aside"))
    def aside(self, row: Ingest) -> str:
        """Return the number of lines set aside, linked to their list."""
        return format_html('<a href="../setasideline/?ingest__exact={}">{}</a>', row.id, row.set_aside)


class SetAsideLineAdmin(RoleListAdmin):
    """Lines that broke a rule: number, field, rule."""

    readers = _OPERATORS
    list_display = ("ingest", "number", "field", "rule")
    lookups = frozenset({"ingest__exact"})
    ordering = ("-id",)


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
