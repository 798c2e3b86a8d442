"""The admin page of connections: one person's totals by day. Never an automation or a run."""

from django.contrib import admin

from accounts.identity.staff.totals_admin import TotalsAdmin

from .events import SUMS_SHOWN
from .models import ConnectionsDailyTotal


class ConnectionsDailyTotalAdmin(TotalsAdmin):
    """Automations by the day of their last state, runs by day and outcome."""

    function = "connections_shown_sums"
    event = SUMS_SHOWN
    streams = ("automations", "runs")


def register(site: admin.AdminSite) -> None:
    """Register the page; no restricted model is among them."""
    site.register(ConnectionsDailyTotal, ConnectionsDailyTotalAdmin)
