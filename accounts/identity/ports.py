"""What the house asks of each app that holds personal data: its holdings and its gated sources."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

import orjson
from django.http import HttpRequest

from audit.actors import Actor
from vault.services import Unsealer

from .roles import Role

if TYPE_CHECKING:
    from .models import User


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
    """One gated item as staff may name it: where it lies, never what it says.

    `facts` are JSON-ready and the same in every language; `label` says them in the active one.
    """

    kind: str
    id: UUID
    facts: Mapping[str, Any]

    @property
    def label(self) -> str:
        """Return where the item lies, in the active language."""
        return source_of(self.kind).name(self.facts)

    @property
    def stored(self) -> str:
        """Return the facts as they are kept; `name_item` reads them."""
        return orjson.dumps(self.facts).decode()


@dataclass(frozen=True)
class Source:
    """One kind of gated item that a person may ask to look at.

    `name_items(reference, **where)` lists opaque items for an ask; raises ValueError with a sentence when
    `where` does not fit. `name(facts)` says such an item's facts in the active language. `fetch_all(items, unsealer)`
    returns the label → value of each of these items that row-level security lets the acting side see, in one query.
    """

    kind: str
    title: Any
    model: str
    name_items: Callable[..., Sequence[NamedItem]]
    name: Callable[[Mapping[str, Any]], str]
    fetch_all: Callable[[Collection[UUID], Unsealer], Mapping[UUID, Mapping[str, str]]]

    def fetch(self, item_id: UUID, unsealer: Unsealer) -> Mapping[str, str]:
        """Return label → value of one item; raises ItemGoneError when the acting side does not see it."""
        found = self.fetch_all([item_id], unsealer).get(item_id)
        if found is None:
            raise ItemGoneError("There is no such item, or it may not be read now.")
        return found


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


def name_item(kind: str, stored: str) -> str:
    """Return what a kept item is called in the active language; rows of before hold a finished text, shown as it is."""
    try:
        facts = orjson.loads(stored)
    except orjson.JSONDecodeError:
        return stored
    return source_of(kind).name(facts) if isinstance(facts, dict) else stored


def sources() -> list[Source]:
    """Return every gated source, in the order of the kinds."""
    return [_sources[kind] for kind in sorted(_sources)]


@dataclass(frozen=True)
class Card:
    """One thing that is going on, as the settings overview shows it.

    `url` is where it leads, `icon` a name of the design system, `tone` one of its tones; cards that wait for
    the person (`asks=True`) come first. Texts are lazy translations or translated already.
    """

    title: Any
    text: Any
    url: str
    icon: str = "info"
    tone: str = ""
    asks: bool = False


_cards: list[Callable[[HttpRequest], Card | None]] = []


def register_card(make: Callable[[HttpRequest], Card | None]) -> Callable[[HttpRequest], Card | None]:
    """Let `make(request)` put a card on the signed-in person's overview; it returns None when it has nothing."""
    _cards.append(make)
    return make


def cards(request: HttpRequest) -> list[Card]:
    """Return the cards for this person, those that ask something of them first."""
    found = [card for make in _cards if (card := make(request)) is not None]
    return sorted(found, key=lambda card: not card.asks)


@dataclass(frozen=True)
class Figure:
    """One number on the staff's first page: something that is late or needs attention, and the list that shows it."""

    label: Any
    value: int
    url: str
    tone: str = ""


_figures: list[Callable[[HttpRequest], Iterable[Figure]]] = []


def register_figures(make: Callable[[HttpRequest], Iterable[Figure]]) -> Callable[[HttpRequest], Iterable[Figure]]:
    """Let `make(request)` put numbers on the staff's first page, as far as this member of staff may see them."""
    _figures.append(make)
    return make


def figures(request: HttpRequest) -> list[Figure]:
    """Return the numbers for this member of staff."""
    return [figure for make in _figures for figure in make(request)]


class StaffLeft(Protocol):
    """Told in the same transaction that a member of staff was suspended or left: their asks and grants end now."""

    def __call__(self, reference: str, *, actor: Actor, now: datetime) -> None:
        """End what the person with this reference may still do; raising undoes the leaving."""


class RoleEnded(Protocol):
    """Told in the same transaction that a member of staff lost one role: what rested on it ends now."""

    def __call__(self, reference: str, *, role: Role, actor: Actor, now: datetime) -> None:
        """End what the role let the person with this reference do; raising undoes the change."""


_staff_left: list[StaffLeft] = []
_role_ended: list[RoleEnded] = []


def register_staff_left(act: StaffLeft) -> StaffLeft:
    """Let `act` hear of members of staff who are suspended or leave."""
    _staff_left.append(act)
    return act


def staff_left(reference: str, *, actor: Actor, now: datetime) -> None:
    """Tell everybody who registered; call it inside the transaction of the change."""
    for act in _staff_left:
        act(reference, actor=actor, now=now)


def register_role_ended(act: RoleEnded) -> RoleEnded:
    """Let `act` hear of members of staff who lose a role that was in force."""
    _role_ended.append(act)
    return act


def role_ended(reference: str, *, role: Role, actor: Actor, now: datetime) -> None:
    """Tell everybody who registered; call it inside the transaction of the change."""
    for act in _role_ended:
        act(reference, role=role, actor=actor, now=now)


class StaffNews(Protocol):
    """Told, in the same transaction, of what takes effect unless a second administrator or somebody else objects."""

    def __call__(self, news: str, *, about: "User", role: str, effective_at: datetime, now: datetime) -> None:
        """Tell every active member of staff; raising undoes what was to be told."""


_staff_news: list[StaffNews] = []


def register_staff_news(tell: StaffNews) -> StaffNews:
    """Let `tell` hear of what all staff are to know."""
    _staff_news.append(tell)
    return tell


def tell_staff(news: str, *, about: "User", role: str, effective_at: datetime, now: datetime) -> None:
    """Tell everybody who registered; `news` is right_waits, change_waits or address_changed."""
    for tell in _staff_news:
        tell(news, about=about, role=role, effective_at=effective_at, now=now)
