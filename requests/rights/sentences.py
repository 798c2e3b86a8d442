"""What a clock says, as codes with parameters, so that a door can say it in any language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


def said(text: str) -> str:
    """Mark a sentence for translation; it is translated where it is shown."""
    return text


def said_of(one: str, many: str) -> tuple[str, str]:
    """Mark a sentence in singular and plural."""
    return one, many


# Every sentence that a clock can say. A pair is singular and plural, chosen by the parameter `count`.
# Parameters ending in `_on` are ISO dates; `name` is a holiday's English name.
SENTENCES: Mapping[str, str | tuple[str, str]] = {
    "received": said("Received on {received_on} ({zone}); the day of receipt does not count."),
    "period.months": said_of(
        "One month from receipt ends on {end_on}.",
        "{count} months from receipt end on {end_on}.",
    ),
    "period.months.short": said_of(
        "One month from receipt: the month has no day {day}, so the period ends on its last, {end_on}.",
        "{count} months from receipt: the month has no day {day}, so the period ends on its last, {end_on}.",
    ),
    "period.days": said_of(
        "One calendar day from receipt ends on {end_on}.",
        "{count} calendar days from receipt end on {end_on}.",
    ),
    "extended.complexity": said(
        "Extended by notice of {notice_on}, within the first period (until {first_due_on}), "
        "because the request is complex."
    ),
    "extended.number": said(
        "Extended by notice of {notice_on}, within the first period (until {first_due_on}), "
        "because of the number of requests."
    ),
    "paused.clarification": said_of(
        "Clarification was awaited from {started_on} to {ended_on}: one day added, up to {end_on}.",
        "Clarification was awaited from {started_on} to {ended_on}: {count} days added, up to {end_on}.",
    ),
    "paused.identity": said_of(
        "Proof of identity was awaited from {started_on} to {ended_on}: one day added, up to {end_on}.",
        "Proof of identity was awaited from {started_on} to {ended_on}: {count} days added, up to {end_on}.",
    ),
    "pausing.clarification": said(
        "Clarification is awaited since {started_on}; the days until it comes will be added."
    ),
    "pausing.identity": said("Proof of identity is awaited since {started_on}; the days until it comes will be added."),
    "weekends_only": said("The country is not known, so weekends are skipped and public holidays are not."),
    "closed.weekend": said("{closed_on} falls on the weekend."),
    "closed.holiday": said("{closed_on} is a public holiday ({name}, {place})."),
    "rolled": said("The period therefore ends on the next working day, {end_on}."),
    "acknowledge": said_of(
        "To be acknowledged within one working day, by the end of {acknowledge_on}.",
        "To be acknowledged within {count} working days, by the end of {acknowledge_on}.",
    ),
    "due": said("To be answered by the end of {due_on} ({zone})."),
    "refused.naive": said("The time must say its time zone."),
    "refused.country": said("{country} is not a country or region that the clock of {regime} knows."),
    "refused.extension.none": said("The clock of {regime} allows no extension."),
    "refused.extension.reason": said("An extension has a time of notice and a reason: complexity or number."),
    "refused.extension.early": said("A request cannot be extended before it was received."),
    "refused.extension.late": said("The first period ended on {due_on}; it can no longer be extended."),
    "refused.extension.twice": said("The request was extended on {extended_on}; it can be extended only once."),
    "refused.pause.none": said("The clock of {regime} does not stop for this reason."),
    "refused.pause.letter": said("A pause needs the letter that asks the user."),
    "refused.pause.early": said("The clock cannot stop before the request was received."),
    "refused.pause.order": said("A pause cannot end before it starts."),
    "refused.pause.late": said("The period ended on {due_on}; the clock can no longer stop."),
}
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A code of SENTENCES and its parameters; both fit into JSON, neither holds personal data."""

    code: str
    params: Mapping[str, str | int] = field(default_factory=dict)

    def text(self) -> str:
        """Say it in English, dates as `Mon 2026-03-02`."""
        template = SENTENCES[self.code]
        if isinstance(template, tuple):
            template = template[0 if self.params["count"] == 1 else 1]
        return template.format_map({name: _shown(name, value) for name, value in self.params.items()})


class ClockError(ValueError):
    """A clock refuses: `field` names what was wrong, `sentence` says the rule."""

    def __init__(self, field: str, sentence: Sentence) -> None:
        super().__init__(sentence.text())
        self.field = field
        self.sentence = sentence


def says(code: str, **params: str | int | date) -> Sentence:
    """Make a sentence; dates become ISO text, so that it can be stored."""
    return Sentence(code, {k: v.isoformat() if isinstance(v, date) else v for k, v in params.items()})


def _shown(name: str, value: str | int) -> str:
    if not name.endswith("_on"):
        return str(value)
    day = date.fromisoformat(str(value))
    return f"{_WEEKDAYS[day.weekday()]} {day.isoformat()}"
