"""Staff windows on workloads: sums by day, ingests, service tokens. Never a record of a person's."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.identity.roles import Role
from accounts.identity.windows import ListWindow

from .models import DailyTotal, Ingest, ServiceToken, SetAsideLine

_KIB, _MIB = 1024, 1024 * 1024
_WHO_HELPS = frozenset({Role.SUPPORT, Role.PRIVACY_OFFICER, Role.SECURITY_ENGINEER, Role.AUDITOR})
_WHO_RUNS = frozenset({Role.ADMINISTRATOR, Role.SECURITY_ENGINEER, Role.AUDITOR})
_STREAMS = ("apps", "commands", "logs", "metrics", "usage")


def size_bucket(size: int) -> str:
    """Return a coarse size: an exact one may give away what was logged."""
    if size < 64 * _KIB:
        return gettext("under 64 KiB")
    if size < _MIB:
        return gettext("64 KiB to 1 MiB")
    if size < 64 * _MIB:
        return gettext("1 to 64 MiB")
    return gettext("over 64 MiB")


class StreamFilter(admin.SimpleListFilter):
    """One stream; its names are known, so the table is not searched for them."""

    title = _("stream")
    parameter_name = "stream"

    def lookups(self, _request: HttpRequest, _model_admin: object) -> list[tuple[str, str]]:
        """Return the streams."""
        return [(name, name) for name in _STREAMS]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[DailyTotal]) -> QuerySet[DailyTotal]:
        """Return the rows of the chosen stream."""
        return queryset.filter(stream=self.value()) if self.value() else queryset


class DailyTotalAdmin(ListWindow):
    """Sums by day of a person's streams; the person is a reference, found by exact match."""

    readers = _WHO_HELPS
    list_display = ("day", "person", "stream", "kind", "records", "amount")
    list_filter = (StreamFilter,)
    ordering = ("-day", "-id")

    @admin.display(description=_("person"))
    def person(self, row: DailyTotal) -> str:
        """Return the reference, leading to the rows of that person alone."""
        return format_html('<a href="?subject__exact={}">{}</a>', row.subject, row.subject)

    @admin.display(description=_("sum"))
    def amount(self, row: DailyTotal) -> str:
        """Return the sum with its unit; for log lines a coarse size."""
        if row.unit == "byte":
            return size_bucket(int(row.quantity))
        return f"{row.quantity.normalize():f} {row.unit}" if row.unit else ""


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
