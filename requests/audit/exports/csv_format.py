"""One entry as a row of CSV (RFC 4180) for spreadsheets: a view, never the evidence."""

import csv
from typing import Any

from .bundle.verify import COLUMNS, MARK, csv_cells


class _Returned:
    def write(self, text: str) -> str:
        return text


_writer = csv.writer(_Returned())
#: the byte order mark tells spreadsheets that this is UTF-8: without it they garble Arabic
HEADER = f"{MARK}{','.join(COLUMNS)}\r\n".encode()


def row(index: int, leaf: dict[str, Any]) -> bytes:
    """Return the row of one parsed leaf at `index` in the tree, CRLF included; the same bytes every time.

    `bundle.verify` declares its cells, since it compares every row in a bundle.
    """
    text: str = _writer.writerow(csv_cells(index, leaf))
    return text.encode()
