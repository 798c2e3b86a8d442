"""Pages of entries by filter, case and subject, always by keyset, and counts of the newest entries."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from audit.log import uuid7
from audit.log.models import Disclosure, Entry
from core import db

from . import queries
from .entries import EntryView, views_of
from .queries import Query, Search

PAGE_SIZE = 100
#: how many of the newest fitting entries facets count: those of one subject or actor are scattered on the disk, so
#: that counting them costs more
COUNTED, COUNTED_SCATTERED = 500, 200


@dataclass(frozen=True)
class Page:
    """Entries, newest first. `newer` and `older` are the cursors of the neighbouring pages, None at an end.

    `reached` is set when the page ended at the scan limit: the time of the last row that was inspected.
    """

    entries: list[EntryView]
    newer: UUID | None = None
    older: UUID | None = None
    reached: datetime | None = None


@dataclass(frozen=True)
class Facets:
    """How many of the newest fitting entries are of each event, outcome and kind of actor, the most frequent first.

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
    rows = _rows(queries.page(wanted, size + 1, older=older, newer=newer, up=up))
    more, rows = len(rows) > size, rows[:size]
    stopped = None if more else _stopped(wanted, older=older, newer=newer, up=up)
    if newer is not None and not more and stopped is None and len(rows) < size:
        # Fewer than a page is left above: return the whole newest page instead.
        return find(wanted, size=size)
    entries = views_of(rows[::-1] if up else rows)
    ahead = rows[-1].id if more else stopped
    behind = _behind(entries, older=older, newer=newer, up=up)
    return Page(
        entries,
        newer=ahead if up else behind,
        older=behind if up else ahead,
        reached=uuid7.instant(stopped) if stopped else None,
    )


def _behind(entries: list[EntryView], *, older: UUID | None, newer: UUID | None, up: bool) -> UUID | None:
    """Return the cursor of the page that the reader came from, None when they came from an end."""
    came_from = newer if up else older
    if came_from is None:
        return None
    if not entries:
        # The cursor's own row belongs to that page.
        return UUID(int=came_from.int + (1 if up else -1))
    return entries[-1].id if up else entries[0].id


def _stopped(wanted: Search, *, older: UUID | None, newer: UUID | None, up: bool) -> UUID | None:
    if not queries.has_residual(wanted):
        return None
    query = queries.end_of_scan(wanted, older=older, newer=newer, up=up)
    rows = db.select_rows(query.sql, query.parameters)
    return rows[0][0] if rows else None


def _rows(query: Query) -> list[Entry]:
    return list(Entry.objects.raw(query.sql, query.parameters))


def count_facets(wanted: Search) -> Facets:
    """Count the newest fitting entries, a few hundred at most, by event, outcome and kind of actor."""
    limit = COUNTED_SCATTERED if wanted.driving_index else COUNTED
    query = queries.facets(wanted, limit)
    found: tuple[dict[str, int], dict[str, int], dict[str, int]] = ({}, {}, {})
    for *keys, count in sorted(db.select_rows(query.sql, query.parameters), key=lambda row: -row[-1]):
        for facet, key in zip(found, keys, strict=True):
            if key is not None:
                facet[key] = count
    total = sum(found[1].values())
    more = total == limit or _stopped(wanted, older=None, newer=None, up=False) is not None
    return Facets(total, more, *found)


def list_case(case: str, *, without: Iterable[str] = (), **cursor: Any) -> Page:
    """Return a page of one case, newest first, except the events `without`; `cursor` as in `find`."""
    return find(Search(case=case, without=tuple(without)), **cursor)


def list_subject(reference: str, *, event: str = "", **cursor: Any) -> Page:
    """Return a page about one subject, newest first, of one event where given; `cursor` as in `find`."""
    return find(Search(subject=reference, event=event), **cursor)


def list_holders(entry_id: UUID) -> list[str]:
    """Return the references under whose keys an entry has disclosures."""
    return list(Disclosure.objects.filter(entry=entry_id).order_by("holder").values_list("holder", flat=True))


def get_entry(entry_id: UUID) -> Entry:
    """Return one entry; raises Entry.DoesNotExist."""
    return Entry.objects.get(pk=entry_id)
