"""The lines of apps, usage, metrics, commands, logs and the web log: their fields and rules. Plain Python."""

from http import HTTPMethod
from ipaddress import ip_address
from typing import Any

from accounts.personaldata.stream_format import (
    COMMON,
    Content,
    Line,
    LineError,
    declare_stream,
    read_choice,
    read_exact,
    read_number,
    read_text,
    read_uuid,
    read_word,
)

from .schema_sql import KEEP_DAYS

LEVELS = ("debug", "info", "warning", "error", "critical")
_MOST = 1e15
MOST_NAME = 200
_MOST_TEXT = 32_768
_MOST_COMMAND = 8_192
_EXIT_CODES = range(-128, 256)
_MOST_BROWSER, _MOST_PATH = 512, 2_048
_STATUSES = range(100, 600)


def _read_app(line: Line) -> Content:
    return (read_word(line, "provider"), read_word(line, "region")), {"name": read_text(line, "name", MOST_NAME)}


def _read_usage(line: Line) -> Content:
    return (
        read_uuid(line, "app", optional=True),
        read_word(line, "resource"),
        read_exact(line, "quantity", 0, _MOST, 9),
        read_word(line, "unit", 32),
    ), None


def _read_metric(line: Line) -> Content:
    return (
        read_uuid(line, "app", optional=True),
        read_word(line, "name"),
        read_number(line, "value", -_MOST, _MOST),
        read_word(line, "unit", 32),
    ), None


def _read_command(line: Line) -> Content:
    code: Any = line.get("exit_code")
    if code is not None and (type(code) is not int or code not in _EXIT_CODES):
        raise LineError("exit_code", "must be a whole number from -128 to 255")
    content = {"command": read_text(line, "command", _MOST_COMMAND), "exit_code": code}
    return (read_uuid(line, "app", optional=True),), content


def _read_log(line: Line) -> Content:
    content = {"text": read_text(line, "text", _MOST_TEXT, least=0)}
    return (read_uuid(line, "app"), read_choice(line, "level", LEVELS)), content


def _read_address(line: Line) -> str:
    """Return an IP address in its normal form; IPv4 inside IPv6 as IPv4."""
    value = line.get("address")
    try:
        found = ip_address(value if type(value) is str and "%" not in value else "")
    except ValueError:
        raise LineError("address", "must be an IPv4 or IPv6 address") from None
    return str(getattr(found, "ipv4_mapped", None) or found)


def _read_printable(line: Line, field: str, most: int, *, least: int = 1) -> str:
    text = read_text(line, field, most, least=least)
    if not text.isprintable():
        raise LineError(field, "must not hold control characters or others that do not print")
    return text


def _read_visit(line: Line) -> Content:
    status, path = line.get("status"), _read_printable(line, "path", _MOST_PATH)
    if not path.startswith("/") or "?" in path or "#" in path:
        raise LineError("path", "must begin with / and end before ? or #: queries and fragments may hold secrets")
    if status is not None and (type(status) is not int or status not in _STATUSES):
        raise LineError("status", "must be a whole number from 100 to 599")
    return (), {
        "address": _read_address(line),
        "browser": _read_printable(line, "browser", _MOST_BROWSER, least=0),
        "path": path,
        "status": status,
        "method": None if line.get("method") is None else read_choice(line, "method", tuple(HTTPMethod)),
    }


APPS = declare_stream(
    "apps",
    "workloads_app",
    {"provider": "text", "region": "text"},
    COMMON | {"name", "provider", "region"},
    _read_app,
    take="workloads_take_apps",
)
USAGE = declare_stream(
    "usage",
    "workloads_usagerecord",
    {"app": "uuid", "resource": "text", "quantity": "numeric", "unit": "text"},
    COMMON | {"app", "resource", "quantity", "unit"},
    _read_usage,
    is_encrypted=False,
    keep_days=KEEP_DAYS["workloads_usagerecord"],
)
METRICS = declare_stream(
    "metrics",
    "workloads_metric",
    {"app": "uuid", "name": "text", "value": "double precision", "unit": "text"},
    COMMON | {"app", "name", "value", "unit"},
    _read_metric,
    is_encrypted=False,
    keep_days=KEEP_DAYS["workloads_metric"],
)
COMMANDS = declare_stream(
    "commands",
    "workloads_command",
    {"app": "uuid"},
    COMMON | {"app", "command", "exit_code"},
    _read_command,
    keep_days=KEEP_DAYS["workloads_command"],
)
LOGS = declare_stream(
    "logs",
    "workloads_logline",
    {"app": "uuid", "level": "text"},
    COMMON | {"app", "level", "text"},
    _read_log,
    order=("app", "occurred_at", "id"),
    keep_days=KEEP_DAYS["workloads_logline"],
)
WEBLOG = declare_stream(
    "weblog",
    "workloads_webvisit",
    {},
    COMMON | {"address", "browser", "path", "status", "method"},
    _read_visit,
    keep_days=KEEP_DAYS["workloads_webvisit"],
)
