"""What happened, from the log's own lines: a request's timeline, and a person's own entries."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.utils.translation import gettext

from audit import registry
from audit.disclosures import parse
from audit.errors import UnknownEventError
from audit.models import Disclosure, Entry
from vault.services import Unsealer

#: told by the steps themselves; a page would drown in them
_NOISE = ("rights.step.started", "rights.step.finished", "rights.request.shown")


@dataclass(frozen=True)
class Line:
    """One entry as people read it; `actor` is the kind of who acted, `reference` theirs."""

    entry: UUID
    at: datetime
    event: str
    sentence: str
    outcome: str
    actor: str
    reference: str


class _Fields(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "—"


def say(entry: Entry) -> str:
    """Return the sentence of an entry, its payload filled in; the event's name where nobody registered it."""
    try:
        template = gettext(registry.get(entry.event).sentence)
    except UnknownEventError:
        return entry.event
    payload: Mapping[str, Any] = orjson.loads(bytes(entry.leaf))["payload"]
    shown = {name: "—" if value is None else value for name, value in payload.items()}
    return template.format_map(_Fields(shown, actor=entry.actor.partition(":")[0]))


def _line(entry: Entry) -> Line:
    kind, _, reference = entry.actor.partition(":")
    return Line(entry.id, entry.time, entry.event, say(entry), entry.outcome, kind, reference)


def list_timeline(case: str, *, limit: int = 200) -> list[Line]:
    """Return what happened in a case, newest first, without the steps' comings and goings."""
    rows = Entry.objects.filter(case_ref=case).exclude(event__in=_NOISE).order_by("-id")[:limit]
    return [_line(entry) for entry in rows]


def own_entries(reference: str, opened: Unsealer, *, batch: int = 500) -> Iterator[dict[str, Any]]:
    """Yield every entry about a subject, with the personal fields that their own key opens."""
    rows = Entry.objects.filter(subject=reference).order_by("id").iterator(chunk_size=batch)
    for entries in _batched(rows, batch):
        held = Disclosure.objects.filter(entry__in=[entry.id for entry in entries], holder=reference)
        sealed = {found.entry: bytes(found.sealed) for found in held}
        for entry in entries:
            yield {
                "entry": str(entry.id),
                "time": entry.time.isoformat(),
                "event": entry.event,
                "sentence": say(entry),
                "by": entry.actor.partition(":")[0],
                "outcome": entry.outcome,
                "case": entry.case_ref,
                "personal": _disclosed(entry.id, sealed.get(entry.id), opened),
            }


def _disclosed(entry: UUID, sealed: bytes | None, opened: Unsealer) -> dict[str, Any]:
    if sealed is None:
        return {}
    found = orjson.loads(opened.unseal(f"audit_disclosure.sealed:{entry}", sealed))
    return {name: value for _, name, value in map(parse, found)}


def _batched(rows: Iterable[Entry], size: int) -> Iterator[list[Entry]]:
    held: list[Entry] = []
    for row in rows:
        held.append(row)
        if len(held) == size:
            yield held
            held = []
    if held:
        yield held
