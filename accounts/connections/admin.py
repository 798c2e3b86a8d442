"""Staff windows on connections: counts by day. Never an automation or a run."""

from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.identity.roles import Role
from accounts.identity.windows import ListWindow

from .models import DailyTotal


class DailyTotalAdmin(ListWindow):
    """Automations by the day of their last state, runs by day and outcome."""

    readers = frozenset({Role.SUPPORT, Role.PRIVACY_OFFICER, Role.SECURITY_ENGINEER, Role.AUDITOR})
    list_display = ("day", "person", "stream", "kind", "records")
    ordering = ("-day", "-id")

    @admin.display(description=_("person"))
    def person(self, row: DailyTotal) -> str:
        """Return the reference, leading to the rows of that person alone."""
        return format_html('<a href="?subject__exact={}">{}</a>', row.subject, row.subject)


def register(site: admin.AdminSite) -> None:
    """Put the window on the staff site; no gated model is among them."""
    site.register(DailyTotal, DailyTotalAdmin)
