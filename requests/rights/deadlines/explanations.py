"""Explanations of a deadline, as codes with parameters, so that a view can render them in any language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


def gettext_noop(text: str) -> str:
    """Mark a sentence for makemessages; it is translated where it is rendered."""
    return text


def ngettext_noop(one: str, many: str) -> tuple[str, str]:
    """Mark a sentence in singular and plural for makemessages."""
    return one, many


# Every explanation. A pair is singular and plural, chosen by the parameter `count`.
# Parameters ending in `_on` are ISO dates; `name` is a holiday's English name.
EXPLANATIONS: Mapping[str, str | tuple[str, str]] = {
    "received": gettext_noop("Received on {received_on} ({zone}); the day of receipt does not count."),
    "period.months": ngettext_noop(
        "One month from receipt ends on {end_on}.",
        "{count} months from receipt end on {end_on}.",
    ),
    "period.months.short": ngettext_noop(
        "One month from receipt: the month has no day {day}, so the period ends on its last, {end_on}.",
        "{count} months from receipt: the month has no day {day}, so the period ends on its last, {end_on}.",
    ),
    "period.days": ngettext_noop(
        "One calendar day from receipt ends on {end_on}.",
        "{count} calendar days from receipt end on {end_on}.",
    ),
    "extended.complexity": gettext_noop(
        "Extended by notice of {notice_on}, within the first period (until {first_due_on}), "
        "because the request is complex."
    ),
    "extended.number": gettext_noop(
        "Extended by notice of {notice_on}, within the first period (until {first_due_on}), "
        "because of the number of requests."
    ),
    "paused.clarification": ngettext_noop(
        "Clarification was awaited from {started_on} to {ended_on}: one day added, up to {end_on}.",
        "Clarification was awaited from {started_on} to {ended_on}: {count} days added, up to {end_on}.",
    ),
    "paused.identity": ngettext_noop(
        "Proof of identity was awaited from {started_on} to {ended_on}: one day added, up to {end_on}.",
        "Proof of identity was awaited from {started_on} to {ended_on}: {count} days added, up to {end_on}.",
    ),
    "pausing.clarification": gettext_noop(
        "Clarification is awaited since {started_on}; the days until it comes will be added."
    ),
    "pausing.identity": gettext_noop(
        "Proof of identity is awaited since {started_on}; the days until it comes will be added."
    ),
    "weekends_only": gettext_noop("The country is not known, so weekends are skipped and public holidays are not."),
    "closed.weekend": gettext_noop("{closed_on} falls on the weekend."),
    "closed.holiday": gettext_noop("{closed_on} is a public holiday ({name}, {place})."),
    "rolled": gettext_noop("The period therefore ends on the next working day, {end_on}."),
    "acknowledge": ngettext_noop(
        "To be acknowledged within one working day, by the end of {acknowledge_on}.",
        "To be acknowledged within {count} working days, by the end of {acknowledge_on}.",
    ),
    "due": gettext_noop("To be answered by the end of {due_on} ({zone})."),
    "refused.naive": gettext_noop("The time must say its time zone."),
    "refused.country": gettext_noop("{country} is not a country or region that the clock of {regime} knows."),
    "refused.extension.none": gettext_noop("The clock of {regime} allows no extension."),
    "refused.extension.reason": gettext_noop("An extension has a time of notice and a reason: complexity or number."),
    "refused.extension.early": gettext_noop("A request cannot be extended before it was received."),
    "refused.extension.late": gettext_noop("The first period ended on {due_on}; it can no longer be extended."),
    "refused.extension.twice": gettext_noop("The request was extended on {extended_on}; it can be extended only once."),
    "refused.pause.none": gettext_noop("The clock of {regime} does not stop for this reason."),
    "refused.pause.letter": gettext_noop("A pause needs the letter that asks the user."),
    "refused.pause.early": gettext_noop("The clock cannot stop before the request was received."),
    "refused.pause.order": gettext_noop("A pause cannot end before it starts."),
    "refused.pause.late": gettext_noop("The period ended on {due_on}; the clock can no longer stop."),
}
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class Explanation:
    """A code of EXPLANATIONS and its parameters; both can be stored as JSON, neither holds personal data."""

    code: str
    params: Mapping[str, str | int] = field(default_factory=dict)

    def text(self) -> str:
        """Return it in English, dates as `Mon 2026-03-02`."""
        template = EXPLANATIONS[self.code]
        if isinstance(template, tuple):
            template = template[0 if self.params["count"] == 1 else 1]
        return template.format_map({name: _rendered(name, value) for name, value in self.params.items()})


class DeadlineError(ValueError):
    """A deadline that cannot be: `field` is what was wrong, `sentence` explains the rule."""

    def __init__(self, field: str, sentence: Explanation) -> None:
        super().__init__(sentence.text())
        self.field = field
        self.sentence = sentence


def explain(code: str, **params: str | int | date) -> Explanation:
    """Return an explanation; dates become ISO text, so that it can be stored."""
    return Explanation(code, {k: v.isoformat() if isinstance(v, date) else v for k, v in params.items()})


def _rendered(name: str, value: str | int) -> str:
    if not name.endswith("_on"):
        return str(value)
    day = date.fromisoformat(str(value))
    return f"{_WEEKDAYS[day.weekday()]} {day.isoformat()}"
