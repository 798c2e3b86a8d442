"""One entry as people read it: its sentence in the reader's language, with nothing sealed opened."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.utils.translation import get_language_bidi, gettext
from django.utils.translation import gettext_lazy as _

from vault.services import shredded_among

from . import registry
from .errors import UnknownEventError
from .models import Entry

ACTORS = {
    "user": _("the user"),
    "staff": _("a member of staff"),
    "machine": _("a machine"),
    "anonymous": _("a visitor"),
}
OUTCOMES = {"ok": _("done"), "refused": _("refused"), "failed": _("failed")}
_TONES = {"refused": "warning", "failed": "danger"}

#: around what is filled into a sentence that is read from the right: a reference keeps its own direction
_ISOLATED = "\u2068{}\u2069"
#: what would change how the text around it is shown, or show as nothing
_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff]")


@dataclass(frozen=True, slots=True)
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
    #: who acted, in words
    actor_word: str
    #: whom it is about was erased: the reference leads to nobody any more
    subject_erased: bool = False

    @property
    def outcome_label(self) -> str:
        """Return the outcome in words."""
        return str(OUTCOMES.get(self.outcome, self.outcome))

    @property
    def tone(self) -> str:
        """Return the design system's tone: refusals and failures stand out."""
        return _TONES.get(self.outcome, "")


class _Fields(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"


def visible(text: str) -> str:
    r"""Return the text with control characters, and those that turn its direction, written as `\u0000`."""
    return _HIDDEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


class _Speech:
    """The reader's language, asked once for a page of lines: each word of it costs more than the line itself."""

    def __init__(self) -> None:
        self.is_bidi = get_language_bidi()
        self._templates: dict[str, str] = {}
        self._actors = {kind: str(word) for kind, word in ACTORS.items()}
        self._erased = gettext("an erased person")

    def template(self, event: str) -> str:
        """Return the sentence of an event; of one that nobody knows any more, its name."""
        found = self._templates.get(event)
        if found is None:
            try:
                found = gettext(registry.get(event).sentence)
            except UnknownEventError:
                found = visible(event).replace("{", "{{").replace("}", "}}")
            self._templates[event] = found
        return found

    def actor(self, kind: str, *, erased: bool) -> str:
        """Return who acted."""
        return self._erased if erased else self._actors.get(kind, kind)


def line_of(entry: Entry, erased: Collection[str] = (), speech: _Speech | None = None) -> Line:
    """Return the entry as a line in the reader's language; what is sealed shows as an ellipsis in its sentence.

    `erased` holds the references of those among its people whose keys were destroyed.
    """
    speech = speech or _Speech()
    kind, _, reference = entry.actor.partition(":")
    payload = orjson.loads(bytes(entry.leaf))["payload"]
    actor = speech.actor(kind, erased=reference in erased)
    words = {name: said(entry.event, name, value) for name, value in payload.items()}
    if speech.is_bidi:
        words = {name: _ISOLATED.format(text) for name, text in words.items()}
    sentence = speech.template(entry.event).format_map(_Fields({**words, "actor": actor}))
    return Line(
        id=entry.id,
        at=entry.time,
        event=entry.event,
        sentence=sentence[:1].upper() + sentence[1:],
        actor_kind=kind,
        actor_reference=reference,
        outcome=entry.outcome,
        subject=entry.subject,
        case=entry.case_ref,
        payload=payload,
        actor_word=actor,
        subject_erased=entry.subject in erased,
    )


def lines_of(entries: Sequence[Entry]) -> list[Line]:
    """Return entries as lines, with one query for those among their people who were erased."""
    people = {entry.subject or "" for entry in entries}
    people |= {entry.actor.partition(":")[2] for entry in entries if entry.actor.startswith("user:")}
    erased, speech = shredded_among(people), _Speech()
    return [line_of(entry, erased, speech) for entry in entries]


def said(event: str, name: str, value: Any) -> str:
    """Return one value of a payload in words: a code as its app says it, a list with commas."""
    if isinstance(value, list):
        return ", ".join(said(event, name, each) for each in value)
    return visible(registry.words_of(event, name, str(value)))
