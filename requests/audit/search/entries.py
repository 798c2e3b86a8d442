"""Entries rendered for people: a sentence in the reader's language, nothing decrypted."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, get_language_bidi, gettext, gettext_lazy as _

from audit.errors import UnknownEventError
from audit.log import event_types, rfc3339
from audit.log.models import Entry
from core.moments import offset
from vault.services import destroyed_among

ACTORS = {
    "user": _("the user"),
    "staff": _("a member of staff"),
    "machine": _("a machine"),
    "anonymous": _("a visitor"),
}
OUTCOMES = {"ok": _("done"), "refused": _("refused"), "failed": _("failed")}
_TONES = {"refused": "warning", "failed": "danger"}

#: isolates values in a right-to-left sentence (FSI … PDI), so that references keep their own direction
_ISOLATED = "\u2068{}\u2069"
#: characters that are invisible or change the direction of the text around them
_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff]")


@dataclass(frozen=True, slots=True)
class EntryView:
    """One entry rendered for people."""

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
    #: the kind of actor in the reader's language
    actor_word: str
    #: the subject was erased: the reference identifies nobody any more
    subject_erased: bool = False

    @property
    def outcome_label(self) -> str:
        """Return the outcome in the reader's language."""
        return str(OUTCOMES.get(self.outcome, self.outcome))

    @property
    def tone(self) -> str:
        """Return the design system's tone: refusals and failures stand out."""
        return _TONES.get(self.outcome, "")


class _Fields(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"


def visible(text: str) -> str:
    r"""Return the text with control, invisible and direction characters written as `\u0000`."""
    return _HIDDEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def event_title(event: str) -> str:
    """Return an event in the reader's language without the facts of one entry; the name of one not registered."""
    try:
        return _title(event_types.get(event).sentence, get_language())
    except UnknownEventError:
        return visible(event)


@lru_cache(maxsize=2_000)
def _title(sentence: str, _language: str | None) -> str:
    """Return the sentence in the active language without the actor it begins with, and with "…" for facts."""
    title = gettext(sentence).removeprefix("{actor} ").format_map(_Fields()).replace("… …", "…")
    title = re.sub("[:;,] (.*….*|…)$", "", title)
    return title[:1].upper() + title[1:]


class _Translations:
    """Translations looked up once a page: a look-up costs more than the rest of an entry."""

    def __init__(self) -> None:
        self.is_bidi = get_language_bidi()
        self._templates: dict[str, str] = {}
        self._actors = {kind: str(word) for kind, word in ACTORS.items()}
        self._erased = gettext("an erased person")

    def template(self, event: str) -> str:
        """Return the sentence of an event; of one that is not registered any more, its name."""
        found = self._templates.get(event)
        if found is None:
            try:
                found = gettext(event_types.get(event).sentence)
            except UnknownEventError:
                found = visible(event).replace("{", "{{").replace("}", "}}")
            self._templates[event] = found
        return found

    def actor(self, kind: str, *, erased: bool) -> str:
        return self._erased if erased else self._actors.get(kind, kind)


def view_of(entry: Entry, erased: Collection[str] = (), translations: _Translations | None = None) -> EntryView:
    """Return the entry in the reader's language; encrypted fields appear as an ellipsis in its sentence.

    `erased` holds the references of people of this entry whose keys were destroyed.
    """
    translations = translations or _Translations()
    kind, _, reference = entry.actor.partition(":")
    payload = orjson.loads(bytes(entry.leaf))["payload"]
    actor = translations.actor(kind, erased=reference in erased)
    labels = {name: _moment_in(value) or label_of(entry.event, name, value) for name, value in payload.items()}
    if translations.is_bidi:
        labels = {name: _ISOLATED.format(text) for name, text in labels.items()}
    sentence = translations.template(entry.event).format_map(_Fields({**labels, "actor": actor}))
    return EntryView(
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


def _moment_in(value: Any) -> str:
    """Return a time of a payload as people write it, with its offset; empty for every other value."""
    try:
        local = timezone.localtime(rfc3339.read(value))
    except (TypeError, ValueError, OverflowError):
        return ""
    return f"{date_format(local, 'DATETIME_FORMAT')} {offset(local)}"


def views_of(entries: Sequence[Entry]) -> list[EntryView]:
    """Return entries in the reader's language, with one query for the erased among their people."""
    people = {entry.subject or "" for entry in entries}
    people |= {entry.actor.partition(":")[2] for entry in entries if entry.actor.startswith("user:")}
    erased, translations = destroyed_among(people), _Translations()
    return [view_of(entry, erased, translations) for entry in entries]


def label_of(event: str, name: str, value: Any) -> str:
    """Return the label of one payload value: a code as its app renders it, a list with commas."""
    if isinstance(value, list):
        return ", ".join(label_of(event, name, each) for each in value)
    return visible(event_types.labels_of(event, name, str(value)))
