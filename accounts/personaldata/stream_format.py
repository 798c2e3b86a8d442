"""The platform's streams: the fields of a line of JSON, their rules, and the table they fill. Plain Python.

A line is one JSON object. Every stream has `stream`, `id` (a UUID, the platform's number of the record),
`account` (a UUID, the account's id) and `time` (RFC 3339 with an offset); the apps declare the others in `streams.py`.
An error names the field and the rule and never a value: values may be personal.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from core.registry import Registry

COMMON = frozenset({"stream", "id", "account", "time"})
#: the platform did not exist before
EARLIEST = datetime(2020, 1, 1, tzinfo=UTC)

_UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}", re.ASCII)
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]*", re.ASCII)

Line = Mapping[str, Any]
#: the columns in clear text as PostgreSQL writes them (None is NULL), and what is to be encrypted; nothing to encrypt
#: in a stream that is encrypted: the thing has ended
Content = tuple[tuple[str | None, ...], dict[str, Any] | None]


class LineError(ValueError):
    """A line that cannot be stored: the field (empty for the whole line) and the rule that it breaks."""

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field}: {rule}" if field else rule)
        self.field = field
        self.rule = rule


@dataclass(frozen=True)
class Stream:
    """One kind of line and the restricted table that it fills.

    `columns` are the table's columns in clear text → SQL type, in the order of `read`'s values, after `id`, `subject`
    and `occurred_at`; `is_encrypted` says that there is a column `sealed` as well, a JSON object encrypted under the
    subject's key. `take` names a database function for things that have a state, of which the newest counts; without it
    a record is stored once and never changes. An index of (subject, *order) serves exports. A record is kept for
    `keep_days` days; where there is no such rule, as long as the thing whose state it is.
    """

    name: str
    table: str
    columns: Mapping[str, str]
    fields: frozenset[str]
    read: Callable[[Line], Content]
    is_encrypted: bool = True
    take: str = ""
    order: tuple[str, ...] = ("occurred_at", "id")
    keep_days: int | None = None


_streams = Registry[Stream]("Stream")
declare_stream = _streams.declaring(Stream)


def streams() -> dict[str, Stream]:
    """Return every stream by name, in the order of the names."""
    return {stream.name: stream for stream in _streams.listed()}


def read_uuid(line: Line, field: str, *, optional: bool = False) -> str | None:
    """Return a UUID in lower case, or None where it may be missing."""
    value = line.get(field)
    if value is None and optional:
        return None
    if type(value) is not str or not _UUID.fullmatch(value):
        raise LineError(field, "must be a UUID")
    return value.lower()


def read_time(line: Line, field: str, latest: datetime) -> str:
    """Return an instant from 2020 to `latest`, as ISO 8601 in UTC: PostgreSQL takes no offset beyond ±15:59."""
    value = line.get(field)
    if type(value) is str and _TIME.fullmatch(value):
        try:
            at = datetime.fromisoformat(value.upper())
            if EARLIEST <= at <= latest:
                return at.astimezone(UTC).isoformat()
        except (ValueError, OverflowError):
            raise LineError(field, "is not a time that exists") from None
        raise LineError(field, "must lie between the year 2020 and a day from now")
    raise LineError(field, "must be a time as RFC 3339 writes it, with its offset from UTC")


def read_text(line: Line, field: str, most: int, *, least: int = 1) -> str:
    """Return a text of `least` to `most` characters, without NUL."""
    value = line.get(field)
    if type(value) is not str or not least <= len(value) <= most:
        raise LineError(field, f"must be a text of {least} to {most} characters")
    if "\0" in value:
        raise LineError(field, "must not hold a NUL character")
    return value


def read_texts(line: Line, field: str, most_items: int, most: int) -> list[str]:
    """Return a list of at most `most_items` texts of 1 to `most` characters each."""
    value = line.get(field)
    if type(value) is not list or len(value) > most_items:
        raise LineError(field, f"must be a list of at most {most_items} texts")
    return [read_text({field: item}, field, most) for item in value]


def read_word(line: Line, field: str, most: int = 64) -> str:
    """Return a machine's name (`compute.small`): letters, digits and `. _ : / -`."""
    value = line.get(field)
    if type(value) is not str or len(value) > most or not _WORD.fullmatch(value):
        raise LineError(field, f"must be a word of 1 to {most} letters, digits and . _ : / -")
    return value


def read_choice(line: Line, field: str, choices: Iterable[str]) -> str:
    """Return one of `choices`."""
    value = line.get(field)
    if type(value) is not str or value not in choices:
        raise LineError(field, f"must be one of {', '.join(choices)}")
    return value


def _in_range(value: Any, low: float, high: float) -> bool:
    return type(value) in {int, float, Decimal} and math.isfinite(value) and low <= value <= high


def read_number(line: Line, field: str, low: float, high: float) -> str:
    """Return a finite number from `low` to `high`, to the precision of a measurement (64 bits)."""
    value: Any = line.get(field)
    if not _in_range(value, low, high):
        raise LineError(field, f"must be a number from {low:g} to {high:g}")
    return repr(value if type(value) is int else float(value))


def read_exact(line: Line, field: str, low: float, high: float, places: int) -> str:
    """Return a number from `low` to `high` as it was written: with at most `places` decimal places."""
    value: Any = line.get(field)
    if not _in_range(value, low, high):
        raise LineError(field, f"must be a number from {low:g} to {high:g}")
    if type(value) is int:
        return str(value)
    exact = value if type(value) is Decimal else Decimal(repr(value))
    rounded = exact.quantize(Decimal(1).scaleb(-places))
    if rounded != exact:
        raise LineError(field, f"must have at most {places} decimal places")
    return f"{rounded:f}"


def read_flag(line: Line, field: str) -> bool:
    """Return true or false."""
    value = line.get(field)
    if type(value) is not bool:
        raise LineError(field, "must be true or false")
    return value
