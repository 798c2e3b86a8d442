"""One entry as a line of CSV (RFC 4180) for spreadsheets: a view, never the evidence."""

import codecs
from typing import Any

import orjson

_COLUMNS = (
    "index",
    "id",
    "time",
    "actor",
    "event",
    "event_version",
    "outcome",
    "subject",
    "case",
    "request",
    "payload",
    "sealed_fields",
)
#: what spreadsheets take for the start of a formula, in full width as well, or drop on the way to one
_FORMULA = tuple("=+-@\t\n\r\0\uff1d\uff0b\uff0d\uff20")
_TO_QUOTE = frozenset(',"\r\n')

#: the byte order mark tells spreadsheets that this is UTF-8: without it they garble Arabic
HEADER = codecs.BOM_UTF8 + ",".join(_COLUMNS).encode() + b"\r\n"


def row(index: int, leaf: dict[str, Any]) -> bytes:
    """Return the line of one parsed leaf at `index` in the tree, CRLF included; the same bytes every time.

    The payload stands in one cell as canonical JSON; `sealed_fields` counts what is sealed, and shows none of it.
    """
    payload = leaf["payload"]
    cells = (
        str(index),
        leaf["id"],
        leaf["time"],
        leaf["actor"],
        leaf["event"],
        str(leaf["event_version"]),
        leaf["outcome"],
        leaf["subject"] or "",
        _text(payload.get("case")),
        leaf["request"],
        orjson.dumps(payload, option=orjson.OPT_SORT_KEYS).decode(),
        str(len(leaf["sd"])),
    )
    return (",".join(map(cell, cells)) + "\r\n").encode()


def cell(text: str) -> str:
    """Return the text as one CSV field that no spreadsheet runs: a formula's first character gets a `'` before it."""
    if text.startswith(_FORMULA):
        text = "'" + text
    if _TO_QUOTE.isdisjoint(text):
        return text
    return '"' + text.replace('"', '""') + '"'


def _text(value: object) -> str:
    return "" if value is None else str(value)
