"""Restricted items that a member of staff may request to read."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

import orjson
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from core.moments import offset
from core.registry import Registry
from vault.services import Decryptor

#: most items that one listing names
MOST_NAMED = 50


@dataclass(frozen=True)
class NamedItem:
    """One restricted item as staff may name it: by when and where it was recorded, never by its content.

    `facts` are JSON-ready and the same in every language; `label` renders them in the active one.
    """

    kind: str
    id: UUID
    facts: Mapping[str, Any]

    @property
    def label(self) -> str:
        """Return the item's name in the active language."""
        return provider_of(self.kind).name(self.facts)

    @property
    def stored(self) -> str:
        """Return the facts as they are stored; `name_item` reads them."""
        return orjson.dumps(self.facts).decode()


@dataclass(frozen=True)
class ItemProvider:
    """One kind of restricted item that staff may request to read.

    `name_items(reference, **where)` lists items for an approval request; raises ValueError with a sentence when
    `where` does not fit. `name(facts)` renders an item's facts in the active language. `fetch_all(items, decryptor)`
    returns the label → value of those of the items that row-level security shows the current role, in one query.
    `own_names(items, decryptor)` returns item → the name that its owner gave it, or the app or automation that it
    belongs to: for the owner's pages alone.
    """

    kind: str
    title: Any
    model: str
    name_items: Callable[..., Sequence[NamedItem]]
    name: Callable[[Mapping[str, Any]], str]
    fetch_all: Callable[[Collection[UUID], Decryptor], Mapping[UUID, Mapping[str, str]]]
    own_names: Callable[[Collection[UUID], Decryptor], Mapping[UUID, str]]

    def fetch(self, item_id: UUID, decryptor: Decryptor) -> Mapping[str, str]:
        """Return label → value of one item; raises ItemGoneError when the current role does not see it."""
        found = self.fetch_all([item_id], decryptor).get(item_id)
        if found is None:
            raise ItemGoneError("There is no such item, or it may not be read now.")
        return found


class ItemGoneError(LookupError):
    """The item does not exist, or the current role may not see it: the two look alike on purpose."""


_providers = Registry[ItemProvider]("Item provider", attrgetter("kind"))
declare_item_provider = _providers.declaring(ItemProvider)
item_providers = _providers.listed


def provider_of(kind: str) -> ItemProvider:
    """Return the provider of a kind of item; raises KeyError."""
    return _providers[kind]


def name_item(kind: str, stored: str) -> str:
    """Return the name of a stored item in the active language; older rows hold a finished text, shown as it is."""
    try:
        facts = orjson.loads(stored)
    except orjson.JSONDecodeError:
        return stored
    return provider_of(kind).name(facts) if isinstance(facts, dict) else stored


_STORED = "%Y-%m-%d %H:%M:%S UTC"


def store_time(at: datetime) -> str:
    """Return a time as the facts of an item hold it."""
    return at.strftime(_STORED)


def show_time(at: datetime | str) -> str:
    """Return a time, or one that `store_time` wrote, in the reader's time zone with its offset."""
    if isinstance(at, str):
        try:
            at = datetime.strptime(at, _STORED).replace(tzinfo=UTC)
        except ValueError:
            return str(at)
    local = localtime(at)
    return f"{date_format(local, 'DATETIME_FORMAT')}:{local:%S} {offset(local)}"


def check_period(start: datetime | None, end: datetime | None) -> tuple[datetime, datetime]:
    """Return the period of a listing; raises ValueError for one that is missing, without offsets or empty."""
    if not isinstance(start, datetime) or not isinstance(end, datetime):
        raise ValueError(_("Say from when until when the items are."))  # noqa: TRY004  part of the interface
    if start.tzinfo is None or end.tzinfo is None:
        raise ValueError(_("A time needs its offset from UTC."))
    if start >= end:
        raise ValueError(_("The end must be after the start."))
    return start, end
