"""What happened, from the log's own lines: a request's timeline, and everything about a person."""

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from audit.disclosures import parse
from audit.models import Disclosure, Entry
from audit.selectors import Page, line_of, list_case
from audit.services import open_sealed
from vault.services import Unsealer

#: the steps tell these themselves; a timeline would drown in them
_NOISE = ("rights.step.started", "rights.step.finished", "rights.request.shown", "inbox.letter.posted")
_PAGE_SIZE = 50


def list_timeline(case: str, **cursor: Any) -> Page:
    """Return a page of what happened in a case, newest first, without the steps' comings and goings."""
    return list_case(case, without=_NOISE, size=_PAGE_SIZE, **cursor)


def own_entries(reference: str, opened: Unsealer, *, batch: int = 500) -> Iterator[dict[str, Any]]:
    """Yield every entry about a subject, with the personal fields that their own key opens."""
    rows = Entry.objects.filter(subject=reference).order_by("id").iterator(chunk_size=batch)
    for entries in _batched(rows, batch):
        held = Disclosure.objects.filter(entry__in=[entry.id for entry in entries], holder=reference)
        sealed = {found.entry: bytes(found.sealed) for found in held}
        for entry in entries:
            line = line_of(entry)
            yield {
                "entry": str(line.id),
                "time": line.at.isoformat(),
                "event": line.event,
                "sentence": line.sentence,
                "by": line.actor_kind,
                "outcome": line.outcome,
                "case": line.case,
                "personal": _disclosed(entry.id, sealed.get(entry.id), opened),
            }


def _disclosed(entry: UUID, sealed: bytes | None, opened: Unsealer) -> dict[str, Any]:
    if sealed is None:
        return {}
    return {name: value for _, name, value in map(parse, open_sealed(entry, sealed, opened))}


def _batched(rows: Iterable[Entry], size: int) -> Iterator[list[Entry]]:
    held: list[Entry] = []
    for row in rows:
        held.append(row)
        if len(held) == size:
            yield held
            held = []
    if held:
        yield held
