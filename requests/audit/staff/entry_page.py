"""The context of the page of one entry."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from django.utils.translation import gettext as _

from audit.errors import UnknownEventError
from audit.log import event_types
from audit.log.models import Entry
from audit.log.read_disclosure import DisclosedField, Whose, holder_of, is_staffs
from audit.merkle.hashing import leaf_hash
from audit.search import selectors
from audit.search.entries import event_title, label_of, views_of, visible
from audit.tree.inclusion_path import InclusionPath, inclusion_path_of

from .search_forms import OpenForm

_NOTHING = "\N{EN DASH}"
#: pixels between the parts of the drawing of an inclusion path, which `audit/_inclusion_path_drawing.html` draws
_ACROSS, _UP, _RADIUS, _EDGE = 28, 22, 5, 12


def entry_context(entry: Entry, names: Mapping[str, str]) -> dict[str, Any]:
    """Return everything but what is encrypted; `names` maps references to the names of members of staff."""
    (view,) = views_of([entry])
    leaf = bytes(entry.leaf)
    path = inclusion_path_of(entry.id, leaf)
    read = orjson.loads(leaf)
    return {
        "title": view.sentence,
        "event_title": event_title(view.event),
        "entry": view,
        "actor_name": names.get(view.actor_reference, ""),
        "subject_name": names.get(view.subject or "", ""),
        "facts": _facts(view.event, view.payload),
        "leaf": visible(leaf.decode()),
        "leaf_bytes": len(leaf),
        "leaf_hash": leaf_hash(leaf).hex(),
        "recorded_at": read["time"],
        "request_id": read["request"],
        "event_version": read["event_version"],
        "digests": len(read["sd"]),
        "path": path,
        "drawing": _drawing_of(path) if path and path.steps else None,
    }


def _drawing_of(path: InclusionPath) -> dict[str, Any]:
    """Return the nodes that are computed, the siblings that the proof brings, and the lines between them."""
    x, y = 0, 0
    nodes, lines, siblings = [(x, y)], [], []
    for step in path.steps:
        beside = x - _ACROSS if step.left else x + _ACROSS
        above = ((x + beside) // 2, y - _UP)
        lines += [(x, y, *above), (beside, y, *above)]
        siblings.append({"x": beside - _RADIUS, "y": y - _RADIUS, "first": step.start, "last": step.end - 1})
        x, y = above
        nodes.append(above)
    left = min([x for x, _y in nodes] + [each["x"] for each in siblings]) - _EDGE
    right = max([x for x, _y in nodes] + [each["x"] + 2 * _RADIUS for each in siblings]) + _EDGE
    return {
        "left": left,
        "top": y - _EDGE,
        "width": right - left,
        "height": 2 * _EDGE - y,
        "lines": lines,
        "siblings": siblings,
        "nodes": nodes,
        "radius": _RADIUS,
        "size": 2 * _RADIUS,
    }


def _facts(event: str, payload: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the payload's fields: the label of a value, and its code where that differs."""
    found = []
    for name, value in payload.items():
        if value is None:
            found.append({"name": visible(name), "label": _NOTHING, "code": ""})
            continue
        code = visible(_text(value))
        label = label_of(event, name, value) if isinstance(value, str | list) else code
        found.append({"name": visible(name), "label": label, "code": code if code != label else ""})
    return found


def encrypted_parts(entry: Entry, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return what is encrypted in an entry, by holder, each with its form; nothing is decrypted."""
    holders = set(selectors.list_holders(entry.id))
    found: list[dict[str, Any]] = []
    kinds: Sequence[Whose] = ("subject", "actor")
    for whose in kinds:
        holder = holder_of(entry, whose)
        if holder not in holders:
            continue
        holders.discard(holder)
        found.append(
            {
                "whose": whose,
                "who": _("the person whom it is about") if whose == "subject" else _("the one who acted"),
                "name": names.get(holder, ""),
                "fields": _encrypted_fields(entry.event, whose),
                "form": OpenForm(staff=is_staffs(entry, whose), prefix=whose),
            }
        )
    return found


def _encrypted_fields(event: str, whose: Whose) -> list[str]:
    """Return the fields that may be encrypted for that holder: the event type names them, the entry does not."""
    try:
        personal = event_types.get(event).personal
    except UnknownEventError:
        return []
    return [name for name, rule in personal.items() if rule in {whose, "both"}]


def opened_fields(opened: Sequence[DisclosedField]) -> list[dict[str, Any]]:
    """Return decrypted fields as the page shows them; `agrees` where the entry holds the digest."""
    return [{"name": visible(each.name), "value": _text(each.value), "agrees": each.agrees} for each in opened]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()
