"""The admin page of connections: one person's totals by day. Never an automation or a run."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.identity.staff.totals_admin import TotalsAdmin

from .destinations import KIND_LABELS
from .events import SUMS_SHOWN
from .models import ConnectionsDailyTotal


class ConnectionsDailyTotalAdmin(TotalsAdmin):
    """Automations by the day of their last state, runs by day and outcome, transfers by day and kind."""

    function = "connections_shown_sums"
    event = SUMS_SHOWN
    streams: ClassVar[Mapping[str, Any]] = {
        "automations": _("Automations"),
        "runs": _("Runs of automations"),
        "transfers": _("Where automations sent data"),
    }
    kinds: ClassVar[Mapping[str, Any]] = {
        "succeeded": _("succeeded"),
        "failed": _("failed"),
        "cancelled": _("cancelled"),
        "skipped": _("skipped"),
        **KIND_LABELS,
    }


def register(site: admin.AdminSite) -> None:
    """Register the page; no restricted model is among them."""
    site.register(ConnectionsDailyTotal, ConnectionsDailyTotalAdmin)
