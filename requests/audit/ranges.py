"""Which bytes of a file a request wants (RFC 9110, section 14): one range or all of it. Plain Python."""

import re
from dataclasses import dataclass

_ONE = re.compile(r"bytes=\s*(?:(?P<first>[0-9]{1,18})-(?P<last>[0-9]{1,18})?|-(?P<suffix>[0-9]{1,18}))\s*")


class UnsatisfiableError(Exception):
    """A range that lies outside of the file."""


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes `first` to `stop` (not included) of `size`; `partial` where that was asked for."""

    first: int
    stop: int
    size: int
    partial: bool

    @property
    def length(self) -> int:
        """Return how many bytes it has."""
        return self.stop - self.first

    @property
    def content_range(self) -> str:
        """Return the header that goes with a partial answer."""
        return f"bytes {self.first}-{self.stop - 1}/{self.size}"


def span_of(range_header: str, if_range: str, *, etag: str, size: int) -> Span:
    """Return the bytes that a GET wants; raises UnsatisfiableError.

    Several ranges, another unit, nonsense, and an `If-Range` that is not exactly our strong ETag all mean the whole
    file, as the RFC lets a server choose or demands.
    """
    whole = Span(0, size, size, partial=False)
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
            return whole  # not a range at all
        stop = last + 1
    if first >= size:
        raise UnsatisfiableError
    return Span(first, stop, size, partial=True)
