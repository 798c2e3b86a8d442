"""One entry as a row of CSV (RFC 4180) for spreadsheets: a view, never the evidence."""

import csv
import io
from collections.abc import Iterable
from typing import Any

import orjson

from .bundle.verify import COLUMNS, FORMULA, MARK, csv_cells


class _Returned:
    def write(self, text: str) -> str:
        return text


_writer = csv.writer(_Returned())
#: the byte order mark tells spreadsheets that this is UTF-8: without it they garble Arabic
HEADER = f"{MARK}{','.join(COLUMNS)}\r\n".encode()


def _canonical(payload: dict[str, Any]) -> str:
    return orjson.dumps(payload, option=orjson.OPT_SORT_KEYS).decode()


def row(index: int, leaf: dict[str, Any]) -> bytes:
    """Return the row of one parsed leaf at `index` in the tree, CRLF included; the same bytes every time.

    `bundle.verify` declares its cells, since it compares every row in a bundle; the payload is written faster here.
    """
    text: str = _writer.writerow(csv_cells(index, leaf, FORMULA, _canonical))
    return text.encode()


def spreadsheet_rows(rows: Iterable[Iterable[object]]) -> str:
    """Return rows as CSV, with a `'` before what would be taken for a formula."""
    file = io.StringIO()
    csv.writer(file).writerows([f"'{cell}" if str(cell).startswith(FORMULA) else cell for cell in row] for row in rows)
    return file.getvalue()


def spreadsheet(rows: Iterable[Iterable[object]]) -> str:
    """Return rows of a staff page as a CSV file, with the mark that keeps Arabic readable."""
    return MARK + spreadsheet_rows(rows)
