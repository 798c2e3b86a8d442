"""The staff's page on connections: counts by day of one person. Never an automation or a run."""

from django.contrib import admin

from accounts.identity.services import SumsOf
from accounts.identity.sums_admin import SumsWindow

from .events import SUMS_SHOWN
from .models import DailyTotal


class DailyTotalAdmin(SumsWindow):
    """Automations by the day of their last state, runs by day and outcome."""

    sums = SumsOf(SUMS_SHOWN, "connections_shown_sums")
    streams = ("automations", "runs")


def register(site: admin.AdminSite) -> None:
    """Put the page on the staff site; no gated model is among them."""
    site.register(DailyTotal, DailyTotalAdmin)
