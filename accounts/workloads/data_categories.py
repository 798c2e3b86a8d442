"""What OmegaCloud holds about what a person runs: five data categories, with their Article 15 facts."""

from functools import partial

from django.utils.translation import gettext_lazy as _

from accounts.personaldata.categories import CLOUDS
from accounts.personaldata.restricted_records import declare_stream_category

from . import streams
from .events import RECORDS_EXPIRED
from .models import WorkloadsDailyTotal

_RECORD = {
    "id": _("the platform's number of this record"),
    "occurred_at": _("when it happened, in UTC"),
}
_RECORD_OF_APP = {**_RECORD, "app": _("the app that it belongs to")}
#: with the facts of what the platform records; a category names those that are others
_declare = partial(
    declare_stream_category,
    totals=WorkloadsDailyTotal,
    expired=RECORDS_EXPIRED,
    policy_section=_("Usage Data"),
    purposes=(
        _("running the service"),
        _("billing what was used"),
        _("watching that the platform is well"),
        _("helping with technical problems"),
    ),
    processors=CLOUDS,
    recipients=(),
    source=_("recorded by the OmegaCloud platform while your apps run"),
)

APPS = _declare(
    streams.APPS,
    title=_("Deployed apps"),
    models=("workloads.App",),
    fields=_RECORD
    | {
        "name": _("the name that you gave the app"),
        "provider": _("the cloud provider that it runs on"),
        "region": _("the provider's region"),
    },
    policy_section=_("User Code and Data"),
    purposes=(_("running your apps"), _("keeping them secure"), _("finding faults")),
    retention=_("while your account is open, then as long as billing and technical needs ask for; no end is set yet"),
)
USAGE = _declare(
    streams.USAGE,
    title=_("Resource usage"),
    models=("workloads.UsageRecord",),
    fields=_RECORD_OF_APP
    | {
        "resource": _("what was used: computing, storage, network"),
        "quantity": _("how much of it"),
        "unit": _("the unit of the quantity"),
    },
)
METRICS = _declare(
    streams.METRICS,
    title=_("Performance metrics"),
    models=("workloads.Metric",),
    fields=_RECORD_OF_APP
    | {
        "name": _("what was measured"),
        "value": _("the value measured"),
        "unit": _("the unit of the value"),
    },
)
COMMANDS = _declare(
    streams.COMMANDS,
    title=_("Commands (omega run)"),
    models=("workloads.Command",),
    fields=_RECORD_OF_APP
    | {
        "command": _("the command as it was typed"),
        "exit_code": _("the code that it ended with"),
    },
)
LOGS = _declare(
    streams.LOGS,
    title=_("Application logs"),
    models=("workloads.LogLine",),
    fields=_RECORD_OF_APP | {"level": _("how grave the app said it is"), "text": _("what the app wrote")},
)
