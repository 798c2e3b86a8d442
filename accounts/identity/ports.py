"""What the house asks of each app that holds personal data: its holdings and its gated sources."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from vault.services import Unsealer


@dataclass(frozen=True)
class Holding:
    """One kind of personal data, declared once (DESIGN §4).

    `models` are the labels of the models it lives in, `fields` the exported field → what it is; `recipients`
    are named, `retention` is a sentence. `count(reference)` returns how many records a subject has;
    `export(reference, entry)` streams them as JSON-ready dicts under the ticket `entry`, on the side that
    calls. Titles and sentences are lazy translations.
    """

    name: str
    title: Any
    policy_section: Any
    models: tuple[str, ...]
    fields: Mapping[str, Any]
    purposes: tuple[Any, ...]
    legal_basis: Any
    recipients: tuple[Any, ...]
    source: Any
    retention: Any
    gated: bool
    count: Callable[[str], int]
    export: Callable[[str, UUID], Iterator[dict[str, Any]]]


@dataclass(frozen=True)
class NamedItem:
    """One gated item as staff may name it: where it lies, never what it says."""

    kind: str
    id: UUID
    label: str


@dataclass(frozen=True)
class Source:
    """One kind of gated item that a person may ask to look at.

    `name_items(reference, **where)` lists opaque items for an ask; raises ValueError with a sentence when
    `where` does not fit. `fetch(item_id, unsealer)` returns label → value of one item, as row-level security
    lets the acting side see it; raises ItemGoneError when it does not.
    """

    kind: str
    title: Any
    model: str
    name_items: Callable[..., Sequence[NamedItem]]
    fetch: Callable[[UUID, Unsealer], Mapping[str, str]]


class ItemGoneError(LookupError):
    """The item does not exist, or the acting side may not see it: the two look alike on purpose."""


_holdings: dict[str, Holding] = {}
_sources: dict[str, Source] = {}


def register_holding(holding: Holding) -> Holding:
    """Declare a holding; raises ValueError when its name is taken."""
    if holding.name in _holdings:
        raise ValueError(f"Holding {holding.name!r} is declared twice.")
    _holdings[holding.name] = holding
    return holding


def holdings() -> list[Holding]:
    """Return every holding, in the order of the names."""
    return [_holdings[name] for name in sorted(_holdings)]


def register_source(source: Source) -> Source:
    """Declare a gated source; raises ValueError when its kind is taken."""
    if source.kind in _sources:
        raise ValueError(f"Source {source.kind!r} is declared twice.")
    _sources[source.kind] = source
    return source


def source_of(kind: str) -> Source:
    """Return the source of a kind of item; raises KeyError."""
    return _sources[kind]


def sources() -> list[Source]:
    """Return every gated source, in the order of the kinds."""
    return [_sources[kind] for kind in sorted(_sources)]
