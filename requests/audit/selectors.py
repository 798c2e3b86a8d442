"""Reading the log: pages of lines by filter, case and subject, always by keyset; counts that never cost a scan."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from . import ids, sides, walks
from .events import CHECKPOINTS_COUNTED
from .lines import ACTORS, OUTCOMES, Line, line_of, lines_of
from .models import Disclosure, Entry
from .walks import Query, Search

PAGE_SIZE = 100
#: how many of the newest fitting entries facets count: those of one subject or actor lie far apart, each in a place
#: of its own on the disk, so that counting them costs more
COUNTED, COUNTED_APART = 500, 200


@dataclass(frozen=True)
class Page:
    """Lines newest first. `newer` and `older` are the ids from which the neighbouring pages go on, None at an end.

    `reached` is set when the page ended because its budget did: the time back (or up) to which it looked.
    """

    lines: list[Line]
    newer: UUID | None = None
    older: UUID | None = None
    reached: datetime | None = None


@dataclass(frozen=True)
class Facets:
    """How many of the newest fitting entries are of each event, outcome and kind of actor, the most first.

    `total` is how many were counted; `more` says that there may be older ones that were not.
    """

    total: int
    more: bool
    events: dict[str, int]
    outcomes: dict[str, int]
    kinds: dict[str, int]


def find(
    wanted: Search,
    *,
    older: UUID | None = None,
    newer: UUID | None = None,
    oldest: bool = False,
    size: int = PAGE_SIZE,
) -> Page:
    """Return one page of fitting entries: the newest, those below the id `older`, above `newer`, or the `oldest`."""
    up = oldest or newer is not None
    rows = _rows(walks.page(wanted, size + 1, older=older, newer=newer, up=up))
    more, rows = len(rows) > size, rows[:size]
    stopped = None if more else _stopped(wanted, older=older, newer=newer, up=up)
    if newer is not None and not more and stopped is None and len(rows) < size:
        # So few are left above: the newest page, whole, instead of a stump of it.
        return find(wanted, size=size)
    lines = lines_of(rows[::-1] if up else rows)
    ahead = rows[-1].id if more else stopped
    behind = _behind(lines, older=older, newer=newer, up=up)
    return Page(
        lines,
        newer=ahead if up else behind,
        older=behind if up else ahead,
        reached=ids.instant(stopped) if stopped else None,
    )


def _behind(lines: list[Line], *, older: UUID | None, newer: UUID | None, up: bool) -> UUID | None:
    """Return where the page that the reader came from begins, None when they came from an end."""
    came_from = newer if up else older
    if came_from is None:
        return None
    if not lines:
        # The row itself belongs to that page.
        return UUID(int=came_from.int + (1 if up else -1))
    return lines[-1].id if up else lines[0].id


def _stopped(wanted: Search, *, older: UUID | None, newer: UUID | None, up: bool) -> UUID | None:
    if not walks.has_rest(wanted):
        return None
    query = walks.end_of_budget(wanted, older=older, newer=newer, up=up)
    with sides.connection().cursor() as cursor:
        cursor.execute(query.sql, query.parameters)
        row = cursor.fetchone()
    return row[0] if row else None


def _rows(query: Query) -> list[Entry]:
    return list(Entry.objects.raw(query.sql, query.parameters))


def count_facets(wanted: Search) -> Facets:
    """Count the newest fitting entries, a few hundred at most, by event, outcome and kind of actor."""
    limit = COUNTED_APART if wanted.leader else COUNTED
    query = walks.facets(wanted, limit)
    found: tuple[dict[str, int], dict[str, int], dict[str, int]] = ({}, {}, {})
    with sides.connection().cursor() as cursor:
        cursor.execute(query.sql, query.parameters)
        rows = sorted(cursor.fetchall(), key=lambda row: -row[-1])
    for *keys, count in rows:
        for facet, key in zip(found, keys, strict=True):
            if key is not None:
                facet[key] = count
    total = sum(found[1].values())
    more = total == limit or _stopped(wanted, older=None, newer=None, up=False) is not None
    return Facets(total, more, *found)


def list_case(case: str, *, without: Iterable[str] = (), **cursor: Any) -> Page:
    """Return a page of what happened in one case, newest first, but for the events `without`; `cursor` as in `find`."""
    return find(Search(case=case, without=tuple(without)), **cursor)


def list_subject(reference: str, *, event: str = "", **cursor: Any) -> Page:
    """Return a page of what is about one subject, newest first, of one event where given; `cursor` as in `find`."""
    return find(Search(subject=reference, event=event), **cursor)


def list_holders(entry_id: UUID) -> list[str]:
    """Return the references under whose keys something is sealed in an entry."""
    return list(Disclosure.objects.filter(entry=entry_id).order_by("holder").values_list("holder", flat=True))


def get_entry(entry_id: UUID) -> Entry:
    """Return one entry; raises Entry.DoesNotExist."""
    return Entry.objects.get(pk=entry_id)


__all__ = ["ACTORS", "OUTCOMES", "Facets", "Line", "Page", "Search", "count_facets", "find", "line_of", "lines_of"]


@dataclass(frozen=True)
class Counted:
    """How many checkpoints were signed up to a size, as the log says."""

    size: int
    checkpoints: int
    #: what its time and its id say, the later one
    at: datetime


def checkpoint_counts() -> Iterator[Counted]:
    """Yield what was counted each time, the newest first.

    An entry that says no two numbers is passed over: any role may append one, and none can be taken away again.
    """
    for entry in Entry.objects.filter(event=CHECKPOINTS_COUNTED.name).order_by("-id").iterator(chunk_size=100):
        try:
            payload = orjson.loads(bytes(entry.leaf))["payload"]
            size, checkpoints = payload["size"], payload["checkpoints"]
        except (ValueError, LookupError, TypeError):
            continue
        if type(size) is int and type(checkpoints) is int:
            yield Counted(size, checkpoints, max(entry.time, _instant(entry.id)))


def _instant(entry: UUID) -> datetime:
    try:
        return ids.instant(entry)
    except (ValueError, OverflowError):  # nobody's entry
        return datetime.max.replace(tzinfo=UTC)
