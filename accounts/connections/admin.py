"""The admin page of connections: one person's totals by day. Never an automation or a run."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.identity.staff.totals_admin import TotalsAdmin

from .events import SUMS_SHOWN
from .models import ConnectionsDailyTotal


class ConnectionsDailyTotalAdmin(TotalsAdmin):
    """Automations by the day of their last state, runs by day and outcome."""

    function = "connections_shown_sums"
    event = SUMS_SHOWN
    streams: ClassVar[Mapping[str, Any]] = {"automations": _("Automations"), "runs": _("Runs of automations")}
    kinds: ClassVar[Mapping[str, Any]] = {
        "succeeded": _("succeeded"),
        "failed": _("failed"),
        "cancelled": _("cancelled"),
        "skipped": _("skipped"),
    }


def register(site: admin.AdminSite) -> None:
    """Register the page; no restricted model is among them."""
    site.register(ConnectionsDailyTotal, ConnectionsDailyTotalAdmin)
