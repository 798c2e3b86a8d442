"""The way from an entry up to the root, drawn: filled what is computed, outlined what the proof brings."""

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from .position import Position

_ACROSS, _UP, _RADIUS, _EDGE = 28.0, 22.0, 5.0, 12.0


def path_drawing(place: Position) -> SafeString:
    """Return an SVG of the path; it says in words what it shows, and takes its colours from the style sheet."""
    x, y = 0.0, 0.0
    lines: list[tuple[float, float, float, float]] = []
    siblings: list[tuple[float, float, float, str]] = []
    nodes: list[tuple[float, float, float, str]] = [(x, y, _RADIUS, _("entry %(index)s") % {"index": place.index})]
    for step in place.steps:
        beside = x - _ACROSS if step.left else x + _ACROSS
        above, up = (x + beside) / 2, y - _UP
        lines += [(x, y, above, up), (beside, y, above, up)]
        siblings.append((beside - _RADIUS, y - _RADIUS, 2 * _RADIUS, _covers(step.start, step.end)))
        x, y = above, up
        nodes.append((x, y, _RADIUS, ""))
    left = min([x for x, *_rest in nodes] + [x for x, *_rest in siblings]) - _EDGE
    right = max([x for x, *_rest in nodes] + [x + 2 * _RADIUS for x, *_rest in siblings]) + _EDGE
    return format_html(
        '<svg class="tree" viewBox="{} {} {} {}" width="{}" height="{}" role="img"><title>{}</title>{}{}{}</svg>',
        *(round(left), round(y - _EDGE), round(right - left), round(2 * _EDGE - y)),
        *(round(right - left), round(2 * _EDGE - y)),
        _("Entry %(index)s, led up by %(count)s hashes to the root of %(size)s entries")
        % {"index": place.index, "count": len(place.steps), "size": place.latest.size if place.latest else 0},
        format_html_join("", '<line x1="{}" y1="{}" x2="{}" y2="{}"/>', lines),
        format_html_join("", '<rect x="{}" y="{}" width="{}" height="10"><title>{}</title></rect>', siblings),
        format_html_join("", '<circle cx="{}" cy="{}" r="{}"><title>{}</title></circle>', nodes),
    )


def _covers(start: int, end: int) -> str:
    if end - start == 1:
        return _("entry %(index)s") % {"index": start}
    return _("entries %(start)s to %(end)s") % {"start": start, "end": end - 1}
