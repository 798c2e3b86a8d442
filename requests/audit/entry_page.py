"""What stands on the page of one entry."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from django.utils.translation import gettext as _

from . import registry, selectors
from .drawing import path_drawing
from .errors import UnknownEventError
from .forms import OpenForm
from .hashing import leaf_hash
from .lines import lines_of, said, visible
from .models import Entry
from .position import position_of
from .services import Opened, Whose, holder_of, is_staffs

_NOTHING = "\N{EN DASH}"


def entry_context(entry: Entry, names: Mapping[str, str]) -> dict[str, Any]:
    """Return everything but what is sealed; `names` maps references to the names of members of staff."""
    (line,) = lines_of([entry])
    leaf = bytes(entry.leaf)
    place = position_of(entry.id, leaf)
    read = orjson.loads(leaf)
    return {
        "title": line.event,
        "line": line,
        "actor_name": names.get(line.actor_reference, ""),
        "subject_name": names.get(line.subject or "", ""),
        "facts": _facts(line.event, line.payload),
        "leaf": visible(leaf.decode()),
        "leaf_bytes": len(leaf),
        "leaf_hash": leaf_hash(leaf).hex(),
        "request_id": read["request"],
        "event_version": read["event_version"],
        "sealed": len(read["sd"]),
        "place": place,
        "drawing": path_drawing(place) if place and place.steps else "",
    }


def _facts(event: str, payload: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the payload's fields: the value in words, and the code where that is another."""
    found = []
    for name, value in payload.items():
        if value is None:
            found.append({"name": visible(name), "words": _NOTHING, "code": ""})
            continue
        code = visible(value if isinstance(value, str) else orjson.dumps(value).decode())
        words = said(event, name, value) if isinstance(value, str | list) else code
        found.append({"name": visible(name), "words": words, "code": code if code != words else ""})
    return found


def sealed_parts(entry: Entry, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return what is sealed in an entry, by holder, each with its form; nothing of it is opened."""
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
                "fields": _sealed_fields(entry.event, whose),
                "form": OpenForm(staff=is_staffs(entry, whose), prefix=whose),
            }
        )
    return found


def _sealed_fields(event: str, whose: Whose) -> list[str]:
    """Return which fields may be sealed for that holder: the register says it, the entry does not."""
    try:
        personal = registry.get(event).personal
    except UnknownEventError:
        return []
    return [name for name, rule in personal.items() if rule in {whose, "both"}]


def show_opened(parts: Sequence[dict[str, Any]], whose: str, opened: Sequence[Opened]) -> None:
    """Put what was opened in its place."""
    for part in parts:
        if part["whose"] == whose:
            part["opened"] = [
                {"name": visible(each.name), "value": visible(_text(each.value)), "agrees": each.agrees}
                for each in opened
            ]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()
