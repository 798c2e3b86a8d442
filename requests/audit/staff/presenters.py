"""Present entries. The rows of the log's table are finished HTML: a template would cost more than the query."""

from collections.abc import Iterable, Mapping
from datetime import date
from html import escape
from typing import Any
from urllib.parse import quote_plus

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from audit.search.entries import ACTORS, OUTCOMES, EntryView, event_title
from audit.search.selectors import Facets, Page
from audit.staff_access import staff_access

#: events listed beside a page; the form has all
_FACET_EVENTS = 12
_REFERENCE_DIGITS = 8
_NONE = "\N{EN DASH}"

_ROW = (
    '<tr><td><time dir="ltr" datetime="{{}}">{{}}</time></td><td><a href="{base}{{}}/">{{}}{{}}</a></td><td>{{}}</td>'
    '<td><a href="{base}?actor={{}}">{{}} <bdi class="mono">{{}}</bdi></a></td></tr>'
)
_DAY = '<tbody><tr class="day"><th scope="rowgroup">{}</th></tr>{}</tbody>'
_PILL = '<span class="pill {}">{}</span> '


def table_rows(entries: Iterable[EntryView], names: Mapping[str, str], base: str) -> SafeString:
    """Return the bodies of the log's table, one a day of the reader's time zone.

    `names` maps references to user names, `base` is the log's address.
    """
    row = _ROW.format(base=base).format
    zone = timezone.get_current_timezone()
    days: dict[date, list[str]] = {}
    for entry in entries:
        at = entry.at.astimezone(zone)
        days.setdefault(at.date(), []).append(
            row(
                entry.at.isoformat(),
                at.strftime("%H:%M:%S"),
                entry.id,
                "" if entry.outcome == "ok" else _PILL.format(entry.tone, escape(entry.outcome_label)),
                escape(entry.sentence),
                _case_link(entry.case, base) if entry.case else _NONE,
                escape(quote_plus(f"{entry.actor_kind}:{entry.actor_reference}")),
                escape(entry.actor_word),
                escape(_actor_name(entry, names)),
            )
        )
    return mark_safe(  # noqa: S308  every cell that is not our own is escaped
        "".join(_DAY.format(escape(date_format(day, "DATE_FORMAT")), "".join(rows)) for day, rows in days.items())
    )


def _case_link(case: str, base: str) -> str:
    return f'<a href="{base}?case={escape(quote_plus(case))}">{escape(case)}</a>'


def _actor_name(entry: EntryView, names: Mapping[str, str]) -> str:
    """Return a name where one is known, else the beginning of the reference."""
    reference = entry.actor_reference
    return names.get(reference) or (reference if entry.actor_kind == "machine" else reference[:_REFERENCE_DIGITS])


def timeline(entries: Iterable[EntryView], names: Mapping[str, str], base: str = "") -> list[dict[str, Any]]:
    """Return the rows of `office/_timeline.html`; `base` is the log's address where its readers may follow a link."""
    return [
        {
            "at": entry.at,
            "sentence": entry.sentence,
            "url": f"{base}{entry.id}/" if base else "",
            "tone": entry.tone,
            "actor": names.get(entry.actor_reference) or entry.actor_word,
        }
        for entry in entries
    ]


def pager(page: Page, criteria: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the addresses of the pages around this one, as `office/_pagination.html` takes them."""

    def link(**cursor: Any) -> str:
        return "?" + urlencode({**(criteria or {}), **cursor})

    return {
        "newest_url": link() if page.newer else "",
        "newer_url": link(newer=page.newer) if page.newer else "",
        "older_url": link(older=page.older) if page.older else "",
        "oldest_url": link(end="oldest") if page.older else "",
    }


def routine_tabs(criteria: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the links to the list without machines' routine and to that with it, the other criteria kept."""
    others = {name: value for name, value in criteria.items() if name != "routine"}
    return [
        {"url": f"?{urlencode(others)}", "label": _("Without machines' routine"), "is_current": others == criteria},
        {
            "url": f"?{urlencode({**others, 'routine': 'shown'})}",
            "label": _("Everything"),
            "is_current": others != criteria,
        },
    ]


def case_url(request: HttpRequest, case: str) -> str:
    """Return the address of a case's timeline, for those who read the log; empty for others."""
    return reverse("admin:audit_case", args=[case]) if staff_access().may(request, "read") else ""


def subject_url(request: HttpRequest, reference: str) -> str:
    """Return the address of a person's timeline, for those who read the log; empty for others."""
    return reverse("admin:audit_subject", args=[reference]) if staff_access().may(request, "read") else ""


def facet_lists(facets: Facets, criteria: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the facets as lists of links, each adding its value to the filter `criteria`, or removing it."""
    kinds = {kind: str(label) for kind, label in ACTORS.items()}
    events = dict(list(facets.events.items())[:_FACET_EVENTS])
    outcomes = {outcome: str(label) for outcome, label in OUTCOMES.items()}
    return [
        _facet("outcome", _("Outcome"), facets.outcomes, outcomes, criteria),
        _facet("kind", _("By whom"), facets.kinds, kinds, criteria),
        _facet("event", _("Event"), events, {name: event_title(name) for name in events}, criteria),
    ]


def _facet(
    name: str, title: str, counts: Mapping[str, int], labels: Mapping[str, str], criteria: Mapping[str, str]
) -> dict[str, Any]:
    def link(value: str) -> str:
        others = {key: given for key, given in criteria.items() if key != name}
        return "?" + urlencode(others if criteria.get(name) == value else {**others, name: value})

    return {
        "name": name,
        "title": title,
        "values": format_html_join(
            "",
            '<li><a href="{}"{}><bdi>{}</bdi> <span class="count">{}</span></a></li>',
            (
                (
                    link(value),
                    mark_safe(' aria-current="true"') if criteria.get(name) == value else "",
                    labels.get(value, value),
                    number_format(count, force_grouping=True),
                )
                for value, count in counts.items()
            ),
        ),
    }
