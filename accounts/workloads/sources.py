"""The kinds of gated items that staff may name in an ask: log lines and commands."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.identity.gated import get_opened
from accounts.identity.ports import NamedItem, Source, register_source
from vault.services import Unsealer

from . import selectors
from .models import Command, LogLine


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S UTC")


def _window(start: datetime | None, end: datetime | None) -> tuple[datetime, datetime]:
    if not isinstance(start, datetime) or not isinstance(end, datetime):
        raise ValueError(_("Say from when until when the items are."))  # noqa: TRY004  the port asks for it
    if start.tzinfo is None or end.tzinfo is None:
        raise ValueError(_("A time needs its offset from UTC."))
    if start >= end:
        raise ValueError(_("The end must be after the start."))
    return start, end


def name_lines(
    reference: str,
    *,
    app: UUID | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    limit: int = selectors.MOST_NAMED,
) -> Sequence[NamedItem]:
    """List one app's log lines of a window as opaque items, 50 at most."""
    if not isinstance(app, UUID):
        raise ValueError(_("Name the app whose log lines these are."))  # noqa: TRY004  the port asks for it
    since, until = _window(start, end)
    return [
        NamedItem("workloads.logline", item, {"app": str(app)[:8], "time": _moment(at), "level": level})
        for item, at, level in selectors.name_lines(reference, app, since, until, limit)
    ]


def name_commands(
    reference: str, *, start: datetime | None = None, end: datetime | None = None, limit: int = selectors.MOST_NAMED
) -> Sequence[NamedItem]:
    """List a person's commands of a window as opaque items, 50 at most."""
    since, until = _window(start, end)
    return [
        NamedItem("workloads.command", item, {"time": _moment(at)})
        for item, at in selectors.name_commands(reference, since, until, limit)
    ]


def name_line(facts: Mapping[str, Any]) -> str:
    """Say where a log line lies."""
    return _("Log line of app %(app)s, %(time)s, %(level)s") % facts


def name_command(facts: Mapping[str, Any]) -> str:
    """Say when a command was given."""
    return _("Command of %(time)s") % facts


def fetch_lines(items: Collection[UUID], opener: Unsealer) -> Mapping[UUID, Mapping[str, str]]:
    """Return log lines, opened."""
    return {
        row.pk: {_("Time"): _moment(row.occurred_at), _("Level"): row.level, _("Text"): opened["text"]}
        for row, opened in get_opened(LogLine, items, opener)
    }


def fetch_commands(items: Collection[UUID], opener: Unsealer) -> Mapping[UUID, Mapping[str, str]]:
    """Return commands, opened."""
    return {
        row.pk: {_("Time"): _moment(row.occurred_at), _("Command"): opened["command"]} | _exit(opened)
        for row, opened in get_opened(Command, items, opener)
    }


def _exit(opened: Mapping[str, Any]) -> dict[str, str]:
    code = opened.get("exit_code")
    return {} if code is None else {_("Exit code"): str(code)}


LOG_LINE = register_source(
    Source(
        "workloads.logline",
        gettext_lazy("Application log lines"),
        "workloads.LogLine",
        name_lines,
        name_line,
        fetch_lines,
    )
)
COMMAND = register_source(
    Source(
        "workloads.command", gettext_lazy("Commands"), "workloads.Command", name_commands, name_command, fetch_commands
    )
)
