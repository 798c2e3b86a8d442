"""A data category as CSV (RFC 4180) beside its JSON: one pass over the part, in constant memory."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson

from audit.exports.csv_format import spreadsheet, spreadsheet_rows

#: records of each data category that the page itself shows, and characters of one value there
FIRST_RECORDS, LONGEST_CELL = 50, 400
_ROWS = 500
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?(?:Z|\+00:00)")


def read_records(chunks: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """Yield the records of a part, an array with one object on each line; those of a chunk are read at once."""
    rest = b""
    for chunk in chunks:
        lines, _newline, rest = (rest + chunk).rpartition(b"\n")
        yield from orjson.loads(b"[%b]" % lines.strip(b"[],\n"))


def write_csv(fields: Sequence[str], records: Iterable[dict[str, Any]], first: list[list[str]]) -> Iterator[bytes]:
    """Yield the CSV file, its first row the names of the fields. Lists and objects are JSON text, null an empty cell.

    What a page shows of the first records goes into `first`.
    """
    yield spreadsheet([fields]).encode()
    rows: list[list[str]] = []
    for record in records:
        if len(first) < FIRST_RECORDS:
            first.append([_page_text(record.get(name)) for name in fields])
        # A call for each of millions of cells would take as long as the rest.
        rows.append([value if type(value) is str else _cell(value) for value in map(record.get, fields)])
        if len(rows) == _ROWS:
            yield spreadsheet_rows(rows).encode()
            rows.clear()
    yield spreadsheet_rows(rows).encode()


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else orjson.dumps(value).decode()


def _page_text(value: Any) -> str:
    """Return a value as a page shows it: times to the second, lists of texts one a line, nothing overlong."""
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        text = "\n".join(value)
    elif isinstance(value, str) and (time := _TIME.fullmatch(value)):
        text = f"{time[1]} {time[2]}"
    else:
        text = _cell(value)
    return text if len(text) <= LONGEST_CELL else text[:LONGEST_CELL] + "…"
