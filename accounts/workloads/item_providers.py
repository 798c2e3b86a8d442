"""The restricted items that staff may request to read: apps, all that is recorded of them, and visits."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _, gettext_lazy

from accounts.personaldata.item_providers import ItemProvider, declare_item_provider, show_time
from accounts.personaldata.restricted_records import get_decrypted
from core import db

from .models import App, Command, LogLine, Metric, UsageRecord, WebVisit
from .schema_sql import PLATFORM_ITEMS


def list_app_outlines(reference: str) -> list[tuple[UUID, str, str, datetime]]:
    """Return id, provider, region and last change of a person's apps."""
    return db.select_rows("SELECT id, provider, region, as_of FROM workloads_outline_apps(%s)", [reference])


def _exit(decrypted: Mapping[str, Any]) -> dict[str, str]:
    code = decrypted.get("exit_code")
    return {} if code is None else {_("Exit code"): str(code)}


OF_APP = ("app", App)
IN_PERIOD = ("app", "start", "end")

APP = declare_item_provider(
    "workloads.app",
    gettext_lazy("Apps"),
    App,
    listing="workloads_outline_apps",
    takes=(),
    facts={"id": "id", "provider": "provider", "region": "region", "time": "as_of"},
    outline=gettext_lazy("App %(id)s, %(provider)s, %(region)s, as of %(time)s"),
    show=lambda row, decrypted: {
        _("Name"): decrypted["name"],
        _("Provider"): row.provider,
        _("Region"): row.region,
        _("As of"): show_time(row.occurred_at),
    },
)


def _app_of(kind: str, number: UUID) -> UUID:
    """Return the app of an item that the platform holds, and the item of an app: `platform_item` in Python."""
    return UUID(int=number.int ^ PLATFORM_ITEMS[kind])


def _declare_redeemed(kind: str, title: Any, outline: Any) -> ItemProvider:
    """Declare what the platform holds of each app: its owner is told that, and staff are shown it there, for a code."""
    return declare_item_provider(
        kind,
        title,
        App,
        listing=f"workloads_outline_{kind.partition('.')[2]}",
        takes=(),
        facts={"id": "id", "provider": "provider", "region": "region", "time": "as_of"},
        outline=outline,
        show=lambda row, decrypted: {
            _("App"): decrypted["name"],
            _("Provider"): row.provider,
            _("Content"): _("held by the platform"),
        },
        rows_of=lambda model, items, opener: get_decrypted(model, [_app_of(kind, item) for item in items], opener),
        number_of=lambda row: _app_of(kind, row.pk),
        own_name=lambda _row, decrypted: decrypted["name"],
        is_redeemed=True,
    )


CODE = _declare_redeemed(
    "platform.code", gettext_lazy("Deployed code"), gettext_lazy("Code of app %(id)s, %(provider)s, %(region)s")
)
FILES = _declare_redeemed(
    "platform.files", gettext_lazy("Stored files"), gettext_lazy("Stored files of app %(id)s, %(provider)s, %(region)s")
)
USAGE = declare_item_provider(
    "workloads.usage",
    gettext_lazy("Usage records"),
    UsageRecord,
    listing="workloads_name_usage",
    takes=IN_PERIOD,
    facts={"app": "app", "time": "occurred_at", "resource": "what"},
    outline=gettext_lazy("Usage of app %(app)s, %(time)s, %(resource)s"),
    show=lambda row, _decrypted: {
        _("Time"): show_time(row.occurred_at),
        _("Resource"): row.resource,
        _("Quantity"): f"{row.quantity.normalize():f} {row.unit}",
    },
    belongs_to=OF_APP,
)
METRIC = declare_item_provider(
    "workloads.metric",
    gettext_lazy("Metrics"),
    Metric,
    listing="workloads_name_metrics",
    takes=IN_PERIOD,
    facts={"app": "app", "time": "occurred_at", "metric": "what"},
    outline=gettext_lazy("Measurement of app %(app)s, %(time)s, %(metric)s"),
    show=lambda row, _decrypted: {
        _("Time"): show_time(row.occurred_at),
        _("Metric"): row.name,
        _("Value"): f"{row.value:.12g} {row.unit}",
    },
    belongs_to=OF_APP,
)
COMMAND = declare_item_provider(
    "workloads.command",
    gettext_lazy("Commands"),
    Command,
    listing="workloads_name_commands",
    takes=IN_PERIOD,
    facts={"time": "occurred_at"},
    outline=gettext_lazy("Command of %(time)s"),
    show=lambda row, decrypted: {
        _("Time"): show_time(row.occurred_at),
        _("Command"): decrypted["command"],
        **_exit(decrypted),
    },
    belongs_to=OF_APP,
)
LOG_LINE = declare_item_provider(
    "workloads.logline",
    gettext_lazy("Application log lines"),
    LogLine,
    listing="workloads_name_lines",
    takes=IN_PERIOD,
    facts={"app": "app", "time": "occurred_at", "level": "what"},
    outline=gettext_lazy("Log line of app %(app)s, %(time)s, %(level)s"),
    show=lambda row, decrypted: {
        _("Time"): show_time(row.occurred_at),
        _("Level"): row.level,
        _("Text"): decrypted["text"],
    },
    belongs_to=OF_APP,
    app_error=gettext_lazy("Name the app whose log lines these are."),
)
VISIT = declare_item_provider(
    "workloads.webvisit",
    gettext_lazy("Web log"),
    WebVisit,
    listing="workloads_name_visits",
    takes=IN_PERIOD[1:],
    facts={"time": "occurred_at"},
    outline=gettext_lazy("Visit of %(time)s"),
    show=lambda row, decrypted: {
        _("Time"): show_time(row.occurred_at),
        _("Address"): decrypted["address"],
        _("Browser"): decrypted["browser"],
        _("Request"): " ".join(str(decrypted[part]) for part in ("method", "path", "status") if decrypted[part]),
    },
    own_name=lambda _row, decrypted: decrypted["path"],
)
