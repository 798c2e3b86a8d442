"""The lines of automations and their runs: fields and rules. Plain Python."""

from accounts.personaldata.stream_format import (
    COMMON,
    Content,
    Line,
    LineError,
    declare_stream,
    read_choice,
    read_flag,
    read_text,
    read_texts,
    read_uuid,
)

from .schema_sql import KEEP_DAYS
from .scopes import scope_named

OUTCOMES = ("succeeded", "failed", "cancelled", "skipped")
_MOST_LISTED = 50
_MOST_SETTING = 1_000
_MOST_DETAILS = 8_192


def _read_scopes(line: Line) -> str:
    names: list[str] = []
    for text in read_texts(line, "scopes", _MOST_LISTED, 200):
        scope = scope_named(text)
        if scope is None:
            raise LineError("scopes", "names a Google scope that the catalogue does not have")
        if scope.name not in names:
            names.append(scope.name)
    return "{" + ",".join(names) + "}"


def _read_automation(line: Line) -> Content:
    content = {
        "name": read_text(line, "name", 200),
        "trigger": read_text(line, "trigger", _MOST_SETTING),
        "actions": read_texts(line, "actions", _MOST_LISTED, _MOST_SETTING),
        "destinations": read_texts(line, "destinations", _MOST_LISTED, _MOST_SETTING),
    }
    return ("t" if read_flag(line, "on") else "f", _read_scopes(line)), content


def _read_run(line: Line) -> Content:
    content = {"details": read_text(line, "details", _MOST_DETAILS, least=0)}
    return (read_uuid(line, "automation"), read_choice(line, "outcome", OUTCOMES)), content


AUTOMATIONS = declare_stream(
    "automations",
    "connections_automation",
    {"is_on": "boolean", "scopes": "text[]"},
    COMMON | {"name", "on", "scopes", "trigger", "actions", "destinations"},
    _read_automation,
    take="connections_take_automations",
)
RUNS = declare_stream(
    "runs",
    "connections_run",
    {"automation": "uuid", "outcome": "text"},
    COMMON | {"automation", "outcome", "details"},
    _read_run,
    keep_days=KEEP_DAYS["connections_run"],
)
