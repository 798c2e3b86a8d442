"""The staff's pages on workloads: one person's sums by day, ingests, service tokens. Never a record of a person's."""

from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.identity.roles import Role
from accounts.identity.services import ShownSum, SumsOf
from accounts.identity.sums_admin import SumsWindow
from accounts.identity.windows import ListWindow

from .events import SUMS_SHOWN
from .models import DailyTotal, Ingest, ServiceToken, SetAsideLine

_KIB, _MIB = 1024, 1024 * 1024
_WHO_RUNS = frozenset({Role.ADMINISTRATOR, Role.SECURITY_ENGINEER, Role.AUDITOR})


def size_bucket(size: int) -> str:
    """Return a coarse size: an exact one may give away what was logged."""
    if size < 64 * _KIB:
        return gettext("under 64 KiB")
    if size < _MIB:
        return gettext("64 KiB to 1 MiB")
    if size < 64 * _MIB:
        return gettext("1 to 64 MiB")
    return gettext("over 64 MiB")


class DailyTotalAdmin(SumsWindow):
    """Sums by day of one person's streams."""

    sums = SumsOf(SUMS_SHOWN, "workloads_shown_sums")
    streams = ("apps", "commands", "logs", "metrics", "usage")

    def say_quantity(self, row: ShownSum) -> str:
        """Return the sum with its unit; for log lines a coarse size."""
        if row.unit == "byte" and row.quantity is not None:
            return size_bucket(int(row.quantity))
        return super().say_quantity(row)


class IngestAdmin(ListWindow):
    """What came in, when, and how much of it was set aside."""

    readers = _WHO_RUNS
    list_display = ("id", "began_at", "ended_at", "source", "lines", "kept", "known", "aside")
    list_filter = ("source",)
    ordering = ("-began_at", "-id")

    @admin.display(description=_("set aside"))
    def aside(self, row: Ingest) -> str:
        """Return how many lines were set aside, leading to them."""
        return format_html('<a href="../setasideline/?ingest__exact={}">{}</a>', row.id, row.set_aside)


class SetAsideLineAdmin(ListWindow):
    """Lines that broke a rule: number, field, rule."""

    readers = _WHO_RUNS
    list_display = ("ingest", "number", "field", "rule")
    lookups = frozenset({"ingest__exact"})
    ordering = ("-id",)


class ServiceTokenAdmin(ListWindow):
    """Tokens of the platform, without what would let one be used."""

    readers = _WHO_RUNS
    list_display = ("name", "scopes", "made_at", "expires_at", "used_at", "revoked_at")
    ordering = ("-made_at",)


def register(site: admin.AdminSite) -> None:
    """Put the windows on the staff site; no gated model is among them."""
    site.register(DailyTotal, DailyTotalAdmin)
    site.register(Ingest, IngestAdmin)
    site.register(SetAsideLine, SetAsideLineAdmin)
    site.register(ServiceToken, ServiceTokenAdmin)
