"""What OmegaCloud holds about what a person runs: five data categories, with their Article 15 facts."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.personaldata.categories import CONTRACT, DataCategory, declare_category
from accounts.personaldata.restricted_records import RestrictedTable, export_records

from .models import WorkloadsDailyTotal

_RECORD = {
    "id": _("the platform's number of this record"),
    "occurred_at": _("when it happened, in UTC"),
}
_APP = {"app": _("the app that it belongs to")}
_USAGE_PURPOSES = (
    _("running the service"),
    _("billing what was used"),
    _("watching that the platform is well"),
    _("helping with technical problems"),
)
_USAGE_SECTION = _("Usage Data")
_USAGE_RETENTION = _("as long as billing and technical needs ask for; no end is set yet")
_HOSTS = _(
    "the cloud provider that the app was placed on (AWS, Google Cloud, Microsoft Azure or another; see its record)"
)
_FROM_PLATFORM = _("recorded by the OmegaCloud platform while your apps run")


def _declare(
    name: str,
    title: Any,
    table: RestrictedTable,
    model: str,
    fields: Mapping[str, Any],
    *,
    section: Any = _USAGE_SECTION,
    purposes: tuple[Any, ...] = _USAGE_PURPOSES,
    retention: Any = _USAGE_RETENTION,
) -> DataCategory:
    return declare_category(
        name=name,
        title=title,
        policy_section=section,
        models=(model,),
        fields=_RECORD | dict(fields),
        purposes=purposes,
        legal_basis=CONTRACT,
        recipients=(_HOSTS,),
        source=_FROM_PLATFORM,
        retention=retention,
        restricted=True,
        count=partial(WorkloadsDailyTotal.count_records, name),
        export=partial(export_records, table),
    )


APPS = _declare(
    "apps",
    _("Deployed apps"),
    RestrictedTable("workloads_app", ("provider", "region")),
    "workloads.App",
    {
        "name": _("the name that you gave the app"),
        "provider": _("the cloud provider that it runs on"),
        "region": _("the provider's region"),
    },
    section=_("User Code and Data"),
    purposes=(_("running your apps"), _("keeping them secure"), _("finding faults")),
    retention=_("while your account is open, then as long as billing and technical needs ask for; no end is set yet"),
)
USAGE = _declare(
    "usage",
    _("Resource usage"),
    RestrictedTable("workloads_usagerecord", ("app", "resource", "quantity", "unit"), is_encrypted=False),
    "workloads.UsageRecord",
    _APP
    | {
        "resource": _("what was used: computing, storage, network"),
        "quantity": _("how much of it"),
        "unit": _("the unit of the quantity"),
    },
)
METRICS = _declare(
    "metrics",
    _("Performance metrics"),
    RestrictedTable("workloads_metric", ("app", "name", "value", "unit"), is_encrypted=False),
    "workloads.Metric",
    _APP
    | {
        "name": _("what was measured"),
        "value": _("the value measured"),
        "unit": _("the unit of the value"),
    },
)
COMMANDS = _declare(
    "commands",
    _("Commands (omega run)"),
    RestrictedTable("workloads_command", ("app",)),
    "workloads.Command",
    _APP | {"command": _("the command as it was typed"), "exit_code": _("the code that it ended with")},
)
LOGS = _declare(
    "logs",
    _("Application logs"),
    RestrictedTable("workloads_logline", ("app", "level"), order=("app", "occurred_at", "id")),
    "workloads.LogLine",
    _APP | {"level": _("how grave the app said it is"), "text": _("what the app wrote")},
)
