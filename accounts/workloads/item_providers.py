"""The restricted items that staff may request to read: log lines and commands."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.personaldata.item_providers import (
    MOST_NAMED,
    NamedItem,
    check_period,
    declare_item_provider,
    show_time,
    store_time,
)
from accounts.personaldata.restricted_records import get_decrypted, get_names
from core import db
from vault.services import Decryptor

from .models import App, Command, LogLine


def list_app_outlines(reference: str) -> list[tuple[UUID, str, str, datetime]]:
    """Return id, provider, region and last change of a person's apps."""
    return db.select_rows("SELECT id, provider, region, as_of FROM workloads_outline_apps(%s)", [reference])


def name_records(
    reference: str, *, app: UUID | None = None, start: datetime | None = None, end: datetime | None = None
) -> Sequence[NamedItem]:
    """List one app's log lines of a period, 50 at most."""
    if not isinstance(app, UUID):
        raise ValueError(_("Name the app whose log lines these are."))  # noqa: TRY004  part of the interface
    found = db.select_rows(
        "SELECT id, occurred_at, level FROM workloads_name_lines(%s, %s, %s, %s, %s)",
        [reference, app, *check_period(start, end), MOST_NAMED],
    )
    return [
        NamedItem("workloads.logline", item, {"app": str(app)[:8], "time": store_time(at), "level": level})
        for item, at, level in found
    ]


def name_commands(reference: str, *, start: datetime | None = None, end: datetime | None = None) -> Sequence[NamedItem]:
    """List a person's commands of a period, 50 at most."""
    found = db.select_rows(
        "SELECT id, occurred_at FROM workloads_name_commands(%s, %s, %s, %s)",
        [reference, *check_period(start, end), MOST_NAMED],
    )
    return [NamedItem("workloads.command", item, {"time": store_time(at)}) for item, at in found]


def name_record(facts: Mapping[str, Any]) -> str:
    """Return app, time and level of a log line."""
    return _("Log line of app %(app)s, %(time)s, %(level)s") % {**facts, "time": show_time(facts["time"])}


def name_command(facts: Mapping[str, Any]) -> str:
    """Return the time of a command."""
    return _("Command of %(time)s") % {"time": show_time(facts["time"])}


def fetch_records(items: Collection[UUID], decryptor: Decryptor) -> Mapping[UUID, Mapping[str, str]]:
    """Return log lines, decrypted."""
    return {
        row.pk: {_("Time"): show_time(row.occurred_at), _("Level"): row.level, _("Text"): decrypted["text"]}
        for row, decrypted in get_decrypted(LogLine, items, decryptor)
    }


def fetch_commands(items: Collection[UUID], decryptor: Decryptor) -> Mapping[UUID, Mapping[str, str]]:
    """Return commands, decrypted."""
    return {
        row.pk: {_("Time"): show_time(row.occurred_at), _("Command"): decrypted["command"]} | _exit(decrypted)
        for row, decrypted in get_decrypted(Command, items, decryptor)
    }


def _exit(decrypted: Mapping[str, Any]) -> dict[str, str]:
    code = decrypted.get("exit_code")
    return {} if code is None else {_("Exit code"): str(code)}


def own_names_of_records(items: Collection[UUID], decryptor: Decryptor) -> Mapping[UUID, str]:
    """Return the names of the apps that log lines belong to."""
    of = LogLine.objects.filter(pk__in=items, subject=decryptor.reference).values_list("pk", "app")
    return get_names(App, of, decryptor)


def own_names_of_commands(items: Collection[UUID], decryptor: Decryptor) -> Mapping[UUID, str]:
    """Return the names of the apps that commands belong to."""
    of = Command.objects.filter(pk__in=items, subject=decryptor.reference).values_list("pk", "app")
    return get_names(App, of, decryptor)


LOG_LINE = declare_item_provider(
    "workloads.logline",
    gettext_lazy("Application log lines"),
    "workloads.LogLine",
    name_records,
    name_record,
    fetch_records,
    own_names_of_records,
)
COMMAND = declare_item_provider(
    "workloads.command",
    gettext_lazy("Commands"),
    "workloads.Command",
    name_commands,
    name_command,
    fetch_commands,
    own_names_of_commands,
)
