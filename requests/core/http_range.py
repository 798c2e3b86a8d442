"""Parse a Range header (RFC 9110, section 14): one range, or the whole file. Plain Python."""

import re
from dataclasses import dataclass

_ONE = re.compile(r"bytes=\s*(?:(?P<first>[0-9]{1,18})-(?P<last>[0-9]{1,18})?|-(?P<suffix>[0-9]{1,18}))\s*")


class UnsatisfiableError(Exception):
    """The range is outside the file."""


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes `first` to `stop` (not included) of `size`; `partial` when the request asked for a range."""

    first: int
    stop: int
    size: int
    partial: bool

    @property
    def content_range(self) -> str:
        """Return the Content-Range header of a partial response."""
        return f"bytes {self.first}-{self.stop - 1}/{self.size}"


def wanted_range(range_header: str, if_range: str, *, etag: str, size: int) -> ByteRange:
    """Return the bytes that a GET request wants; raises UnsatisfiableError.

    Several ranges, another unit, nonsense, and an `If-Range` that is not exactly our strong ETag all mean the whole
    file, which the RFC allows or demands.
    """
    whole = ByteRange(0, size, size, partial=False)
    found = _ONE.fullmatch(range_header)
    if found is None or (if_range and if_range.strip() != etag):
        return whole
    if found["suffix"] is not None:
        first, stop = max(size - int(found["suffix"]), 0), size
        if not int(found["suffix"]):
            raise UnsatisfiableError
    else:
        first = int(found["first"])
        last = size - 1 if found["last"] is None else min(int(found["last"]), size - 1)
        if found["last"] is not None and int(found["last"]) < first:
            return whole  # not a valid range
        stop = last + 1
    if first >= size:
        raise UnsatisfiableError
    return ByteRange(first, stop, size, partial=True)
