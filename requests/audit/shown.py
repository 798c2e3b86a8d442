"""How lines look: rows of the log's table as finished HTML, since a template's work for each cell is what costs."""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any
from urllib.parse import quote_plus

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.html import format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from .lines import ACTORS, OUTCOMES, Line
from .ports import desk
from .selectors import Facets, Page

#: events offered beside a page; the form has them all
_FACET_EVENTS = 12
_REFERENCE_DIGITS = 8
_NONE = "\N{EN DASH}"

_ROW = (
    '<tr><td class="nowrap" data-label="{time_label}"><time dir="ltr" datetime="{{}}">{{}}</time></td>'
    '<td data-label="{what_label}"><div>'
    '<a href="{base}{{}}/">{{}}</a><span class="event mono"><bdi>{{}}</bdi></span></div></td>'
    '<td class="nowrap" data-label="{case_label}">{{}}</td>'
    '<td class="small" data-label="{actor_label}">'
    '<a href="{base}?actor={{}}">{{}} <bdi class="mono">{{}}</bdi></a></td>'
    '<td data-label="{outcome_label}"><span class="pill {{}}">{{}}</span></td></tr>'
)


def zone_label() -> str:
    """Return the reader's time zone as `Asia/Dubai (UTC+04:00)`."""
    offset = timezone.localtime().isoformat()[-6:]
    return f"{timezone.get_current_timezone_name()} (UTC{offset})"


def table_rows(lines: Iterable[Line], names: Mapping[str, str], base: str) -> SafeString:
    """Return the body of the log's table; `names` says how known references are called, `base` is the log's address."""
    row = _ROW.format(
        base=base,
        time_label=_label(_("Time")),
        what_label=_label(_("What happened")),
        case_label=_label(_("Case")),
        actor_label=_label(_("Actor")),
        outcome_label=_label(_("Outcome")),
    ).format
    zone = timezone.get_current_timezone()
    outcomes = {outcome: str(label) for outcome, label in OUTCOMES.items()}
    return mark_safe(  # noqa: S308  every cell that is not our own is escaped
        "".join(
            row(
                line.at.isoformat(),
                line.at.astimezone(zone).isoformat(sep=" ", timespec="seconds")[:19],
                line.id,
                escape(line.sentence),
                escape(line.event),
                _case_link(line.case, base) if line.case else _NONE,
                escape(quote_plus(f"{line.actor_kind}:{line.actor_reference}")),
                escape(line.actor_word),
                escape(_actor_name(line, names)),
                line.tone,
                escape(outcomes.get(line.outcome, line.outcome)),
            )
            for line in lines
        )
    )


def _label(text: str) -> str:
    return escape(text).replace("{", "{{").replace("}", "}}")


def _case_link(case: str, base: str) -> str:
    return f'<a href="{base}?case={escape(quote_plus(case))}">{escape(case)}</a>'


def _actor_name(line: Line, names: Mapping[str, str]) -> str:
    """Return a name where one is known, else the beginning of the reference."""
    reference = line.actor_reference
    return names.get(reference) or (reference if line.actor_kind == "machine" else reference[:_REFERENCE_DIGITS])


def timeline(lines: Iterable[Line], names: Mapping[str, str], base: str = "") -> list[dict[str, Any]]:
    """Return the rows of `office/_timeline.html`; `base` is the log's address where its readers may follow a link."""
    return [
        {
            "at": line.at,
            "sentence": line.sentence,
            "url": f"{base}{line.id}/" if base else "",
            "tone": line.tone,
            "actor": names.get(line.actor_reference) or line.actor_word,
        }
        for line in lines
    ]


def pager(page: Page, asked: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the addresses of the pages around this one, as `office/_pagination.html` takes them."""

    def link(**cursor: Any) -> str:
        return "?" + urlencode({**(asked or {}), **cursor})

    return {
        "newest_url": link() if page.newer else "",
        "newer_url": link(newer=page.newer) if page.newer else "",
        "older_url": link(older=page.older) if page.older else "",
        "oldest_url": link(end="oldest") if page.older else "",
    }


def case_url(request: HttpRequest, case: str) -> str:
    """Return where a case's whole story is, for those who read the log; empty for others."""
    return reverse("admin:audit_case", args=[case]) if desk().may(request, "read") else ""


def subject_url(request: HttpRequest, reference: str) -> str:
    """Return where a person's whole story is, for those who read the log; empty for others."""
    return reverse("admin:audit_subject", args=[reference]) if desk().may(request, "read") else ""


def facet_lists(facets: Facets, asked: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the facets as lists of links, each narrowing what is `asked` (or widening it again)."""
    kinds = {kind: str(label) for kind, label in ACTORS.items()}
    outcomes = {outcome: str(label) for outcome, label in OUTCOMES.items()}
    return [
        _facet("outcome", _("Outcome"), facets.outcomes, outcomes, asked),
        _facet("kind", _("By whom"), facets.kinds, kinds, asked),
        _facet("event", _("Event"), dict(list(facets.events.items())[:_FACET_EVENTS]), {}, asked),
    ]


def _facet(
    name: str, title: str, counts: Mapping[str, int], words: Mapping[str, str], asked: Mapping[str, str]
) -> dict[str, Any]:
    def link(value: str) -> str:
        others = {key: given for key, given in asked.items() if key != name}
        return "?" + urlencode(others if asked.get(name) == value else {**others, name: value})

    return {
        "name": name,
        "title": title,
        "values": format_html_join(
            "",
            '<li><a href="{}"{}><bdi>{}</bdi> <span class="count">{}</span></a></li>',
            (
                (
                    link(value),
                    mark_safe(' aria-current="true"') if asked.get(name) == value else "",
                    words.get(value, value),
                    number_format(count, force_grouping=True),
                )
                for value, count in counts.items()
            ),
        ),
    }
