"""Times as leaves write them: RFC 3339 in UTC with six digits of fraction, one spelling for each instant."""

import re
from datetime import UTC, datetime

_SHAPE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")


def write(at: datetime) -> str:
    """Return `2026-03-03T09:30:00.000000Z` for an aware datetime of any zone; ValueError for a naive one."""
    if at.tzinfo is None:
        raise ValueError("the time must be aware")
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def read(text: str) -> datetime:
    """Return the aware UTC datetime of a text that `write` made; ValueError for every other spelling."""
    if not _SHAPE.fullmatch(text):
        raise ValueError("a time is written YYYY-MM-DDTHH:MM:SS.ffffffZ")
    return datetime.fromisoformat(text)
