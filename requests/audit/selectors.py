"""Reading the log: lines with their sentence, by case, by subject, by filter; always by keyset."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.utils.text import capfirst
from django.utils.translation import get_language_bidi, gettext
from django.utils.translation import gettext_lazy as _

from . import registry
from .errors import UnknownEventError
from .models import Entry

PAGE_SIZE = 50
ACTORS = {
    "user": _("the user"),
    "staff": _("a member of staff"),
    "machine": _("a machine"),
    "anonymous": _("a visitor"),
}


@dataclass(frozen=True)
class Line:
    """One entry as people read it: nothing sealed is opened for it."""

    id: UUID
    at: datetime
    event: str
    sentence: str
    actor_kind: str
    actor_reference: str
    outcome: str
    subject: str | None
    case: str | None
    payload: dict[str, Any]

    @property
    def outcome_label(self) -> str:
        """Return the outcome in words."""
        return str(OUTCOMES.get(self.outcome, self.outcome))

    @property
    def tone(self) -> str:
        """Return the design system's tone: refusals and failures stand out."""
        return {"refused": "warning", "failed": "danger"}.get(self.outcome, "")


OUTCOMES = {"ok": _("done"), "refused": _("refused"), "failed": _("failed")}

#: around what is filled into a sentence that is read from the right: a reference keeps its own direction
_ISOLATED = "\u2068{}\u2069"


class _Fields(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"


def line_of(entry: Entry) -> Line:
    """Return the entry as a line in the reader's language; what is sealed shows as an ellipsis in its sentence."""
    leaf = orjson.loads(bytes(entry.leaf))
    kind, _, reference = entry.actor.partition(":")
    payload = leaf["payload"]
    try:
        template = gettext(registry.get(entry.event).sentence)
    except UnknownEventError:
        template = entry.event
    sentence = capfirst(template.format_map(_Fields({**_said(entry.event, payload), "actor": ACTORS.get(kind, kind)})))
    return Line(
        id=entry.id,
        at=entry.time,
        event=entry.event,
        sentence=sentence,
        actor_kind=kind,
        actor_reference=reference,
        outcome=entry.outcome,
        subject=entry.subject,
        case=entry.case_ref,
        payload=payload,
    )


def _said(event: str, payload: dict[str, Any]) -> dict[str, str]:
    said = {
        name: ", ".join(registry.words_of(event, name, str(each)) for each in value)
        if isinstance(value, list)
        else registry.words_of(event, name, str(value))
        for name, value in payload.items()
    }
    return {name: _ISOLATED.format(text) for name, text in said.items()} if get_language_bidi() else said


def list_case(case: str, *, limit: int = 200) -> list[Line]:
    """Return the timeline of one case, oldest first."""
    return [line_of(entry) for entry in Entry.objects.filter(case_ref=case).order_by("id")[:limit]]


def list_subject(reference: str, *, events: Iterable[str] = (), before: UUID | None = None) -> list[Line]:
    """Return a page of the entries about one subject, newest first; `before` is the last id of the page above."""
    found = Entry.objects.filter(subject=reference)
    if events:
        found = found.filter(event__in=list(events))
    return _page(found, before)


def search(
    *,
    actor: str = "",
    event: str = "",
    subject: str = "",
    case: str = "",
    outcome: str = "",
    before: UUID | None = None,
) -> list[Line]:
    """Return a page of entries that fit every given filter exactly, newest first."""
    wanted = {"actor": actor, "event": event, "subject": subject, "case_ref": case, "outcome": outcome}
    return _page(Entry.objects.filter(**{name: value for name, value in wanted.items() if value}), before)


def get_line(entry_id: UUID) -> Line:
    """Return one entry; raises Entry.DoesNotExist."""
    return line_of(Entry.objects.get(pk=entry_id))


def _page(found: Any, before: UUID | None) -> list[Line]:
    if before is not None:
        found = found.filter(pk__lt=before)
    return [line_of(entry) for entry in found.order_by("-id")[:PAGE_SIZE]]
