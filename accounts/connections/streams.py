"""The lines of automations, of their runs and of what these sent where: fields and rules."""

from collections.abc import Iterable

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

from .destinations import KIND_LABELS, digest_destination
from .schema_sql import KEEP_DAYS
from .scopes import scope_named

OUTCOMES = ("succeeded", "failed", "cancelled", "skipped")
_MOST_LISTED = 50
MOST_NAME, MOST_SETTING = 200, 1_000
_MOST_DETAILS = 8_192


def _array(names: Iterable[str]) -> str:
    """Return names as an array of PostgreSQL; none of them needs quotes."""
    return "{" + ",".join(dict.fromkeys(names)) + "}"


def _digest(line: Line, destination: str) -> str:
    return digest_destination(str(read_uuid(line, "account")), destination)


def _read_scopes(line: Line) -> str:
    names: list[str] = []
    for text in read_texts(line, "scopes", _MOST_LISTED, 200):
        scope = scope_named(text)
        if scope is None:
            raise LineError("scopes", "names a Google scope that the catalogue does not have")
        names.append(scope.name)
    return _array(names)


def _read_automation(line: Line) -> Content:
    if line.get("deleted"):
        if line["deleted"] is not True or line.keys() != COMMON | {"deleted"}:
            raise LineError("deleted", "is true or missing, and stands alone: of what is deleted nothing else is told")
        return ("f", "{}", "{}"), None
    content = {
        "name": read_text(line, "name", MOST_NAME),
        "trigger": read_text(line, "trigger", MOST_SETTING),
        "actions": read_texts(line, "actions", _MOST_LISTED, MOST_SETTING),
        "destinations": read_texts(line, "destinations", _MOST_LISTED, MOST_SETTING),
    }
    digests = _array(_digest(line, destination) for destination in content["destinations"])
    return ("t" if read_flag(line, "on") else "f", _read_scopes(line), digests), content


def _read_run(line: Line) -> Content:
    content = {"details": read_text(line, "details", _MOST_DETAILS, least=0)}
    return (read_uuid(line, "automation"), read_choice(line, "outcome", OUTCOMES)), content


def _read_transfer(line: Line) -> Content:
    destination = read_text(line, "destination", MOST_SETTING)
    automation, kind = read_uuid(line, "automation"), read_choice(line, "kind", KIND_LABELS)
    return (automation, kind, _digest(line, destination)), {"destination": destination}


AUTOMATIONS = declare_stream(
    "automations",
    "connections_automation",
    {"is_on": "boolean", "scopes": "text[]", "destination_digests": "text[]"},
    COMMON | {"name", "on", "scopes", "trigger", "actions", "destinations", "deleted"},
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
TRANSFERS = declare_stream(
    "transfers",
    "connections_transfer",
    {"automation": "uuid", "kind": "text", "digest": "text"},
    COMMON | {"automation", "kind", "destination"},
    _read_transfer,
    keep_days=KEEP_DAYS["connections_transfer"],
)
