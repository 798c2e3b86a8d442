"""Template contexts that every kind of case shares: a row of the queue, a timeline."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from audit.search.entries import EntryView

from .models import Case

_LETTER = "inbox.letter.written"


@dataclass(frozen=True)
class RowAct:
    """What the reader may do with a case now: `url` is opened, or posted to where the act is done by one press."""

    label: Any
    url: str
    is_posted: bool = False


@dataclass(frozen=True)
class CaseRow:
    """One row of a queue; `flags` are (label, tone), `left` says how much time is left or how it ended."""

    case: Case
    url: str
    what: Any
    who: str
    state: Any
    tone: str
    left: Any
    left_tone: str = ""
    holder: str = ""
    flags: Sequence[tuple[Any, str]] = ()
    act: RowAct | None = None


def question_rows(
    questions: Iterable[Mapping[str, Any]], names: Mapping[str, str], *, person: str
) -> list[dict[str, Any]]:
    """Return the rows of `office/_timeline.html` of what `open_questions` returned; `person` is whom they were sent."""
    rows: list[dict[str, Any]] = []
    for item in questions:
        question, closed_at = item["question"], item["question"].closed_at
        asker = names.get(question.author, _("our staff"))
        rows.append({"sentence": item["text"], "at": question.asked_at, "actor": asker, "is_quoted": True})
        if item["answer"]:
            answer = {"sentence": item["answer"], "actor": person, "is_quoted": True, "tone": "success"}
            rows.append({**answer, "at": closed_at})
        elif closed_at:
            rows.append({"sentence": _("Closed without an answer"), "at": closed_at})
        else:
            rows[-1]["tone"] = "warning"
    return rows


def timeline_of(entries: Iterable[EntryView], names: Mapping[str, str], *, own: str = "") -> list[dict[str, Any]]:
    """Return the rows of `office/_timeline.html`; `names` maps references to user names, `own` is the reader's.

    A letter is a link for its recipient, and each entry about the reader has a link to its receipt.
    """
    kinds = {
        "user": _("the user"),
        "staff": _("our staff"),
        "machine": _("automatic"),
        "anonymous": _("nobody signed in"),
    }
    return [
        {
            "at": entry.at,
            "sentence": _("A letter was written") if entry.event == _LETTER else entry.sentence,
            "url": reverse("inbox:letter", args=[entry.payload["letter"]]) if own and entry.event == _LETTER else "",
            "receipt": reverse("identity:receipt", args=[entry.id]) if own and entry.subject == own else "",
            "tone": entry.tone,
            "actor": _("you")
            if own and entry.actor_reference == own
            else names.get(entry.actor_reference, kinds.get(entry.actor_kind, "")),
        }
        for entry in entries
    ]
