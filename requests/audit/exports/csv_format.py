"""One entry as a row of CSV (RFC 4180) for spreadsheets: a view, never the evidence."""

import codecs
import csv
from collections.abc import Iterable
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
#: characters that make spreadsheets take a cell for a formula, full width included, or that they drop before one
_FORMULA = tuple("=+-@\t\n\r\0\uff1d\uff0b\uff0d\uff20")


class _Returned:
    def write(self, text: str) -> str:
        return text


_writer = csv.writer(_Returned())
#: the byte order mark tells spreadsheets that this is UTF-8: without it they garble Arabic
HEADER = codecs.BOM_UTF8 + ",".join(_COLUMNS).encode() + b"\r\n"


def row(index: int, leaf: dict[str, Any]) -> bytes:
    """Return the row of one parsed leaf at `index` in the tree, CRLF included; the same bytes every time.

    The payload is one cell of canonical JSON; `sealed_fields` is the number of encrypted fields.
    """
    payload = leaf["payload"]
    case = payload.get("case")
    cells = (
        str(index),
        leaf["id"],
        leaf["time"],
        leaf["actor"],
        leaf["event"],
        str(leaf["event_version"]),
        leaf["outcome"],
        leaf["subject"] or "",
        "" if case is None else str(case),
        leaf["request"],
        orjson.dumps(payload, option=orjson.OPT_SORT_KEYS).decode(),
        str(len(leaf["sd"])),
    )
    return written(cells)


def written(cells: Iterable[str]) -> bytes:
    """Return cells as a row that no spreadsheet runs: a formula's first character gets a `'` before it."""
    text: str = _writer.writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells])
    return text.encode()
