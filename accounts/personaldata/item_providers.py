"""Restricted items that a member of staff may request to read."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any
from uuid import UUID

import orjson
from django.db.models import Model
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from core import db
from core.moments import offset
from core.registry import Registry
from vault.services import Decryptor

from .restricted_records import get_decrypted, get_names

#: most items that one listing names, and the longest period that it covers
MOST_NAMED, LONGEST = 1000, timedelta(days=366)
#: the least and the greatest number of an item
FIRST, LAST = UUID(int=0), UUID(int=2**128 - 1)


@dataclass(frozen=True)
class NamedItem:
    """One restricted item as staff may name it: by when and where it was recorded, never by its content.

    `facts` are JSON-ready and the same in every language; `label` renders them in the active one.
    """

    kind: str
    id: UUID
    facts: Mapping[str, Any]
    #: when it was recorded, to the microsecond; None of a kind that is not listed by time
    at: datetime | None = field(default=None, compare=False)

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
    """One kind of restricted item that staff may request to read: what a listing tells, and what a read shows.

    `outline` and `show` say all that anybody sees of an item: the first before access is open, so without its content.
    """

    kind: str
    title: Any
    model: type[Model]
    #: the database function that lists items for staff, and which of "app", "start" and "end" it takes
    listing: str
    takes: tuple[str, ...]
    #: fact of an item → the column of the listing that holds it
    facts: Mapping[str, str]
    #: a sentence that takes the facts as a label shows them
    outline: Any
    #: record and decrypted fields → label → value
    show: Callable[[Any, Mapping[str, Any]], Mapping[str, str]]
    #: the column of the record that an item belongs to (an app, an automation) and its model, unless it is one itself
    belongs_to: tuple[str, type[Model]] | None = None
    #: what a listing needs the app for, as a sentence; empty where it lists those of all apps as well
    app_error: Any = ""
    #: facts → what else the sentence takes, where they do not say it in the reader's language
    labels: Callable[[Mapping[str, Any]], Mapping[str, str]] = field(default=lambda _facts: {})
    #: model, items and decryptor → records with their decrypted fields, of those that row-level security shows
    rows_of: Callable[[Any, Collection[UUID], Decryptor], Iterable[tuple[Any, Mapping[str, Any]]]] = get_decrypted
    #: the name that its owner knows a record by, where that is not its own decrypted `name`, or another record's
    own_name: Callable[[Any, Mapping[str, Any]], str] | None = None
    #: the number of a record as an item
    number_of: Callable[[Any], UUID] = lambda row: row.pk
    #: whether the platform holds the content, and hands it out for a one-time code alone
    is_redeemed: bool = False

    def name_items(
        self,
        reference: str,
        *,
        app: UUID | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        after: UUID = FIRST,
        most: int = MOST_NAMED,
    ) -> Sequence[NamedItem]:
        """List a person's items, of a period at most `most`, those of its first moment with numbers above `after`.

        Raises ValueError with a sentence for too little to go by.
        """
        where: list[Any] = [reference]
        if "app" in self.takes:
            if self.app_error and not isinstance(app, UUID):
                raise ValueError(str(self.app_error))
            where.append(app)
        if "start" in self.takes:
            where += [*check_period(start, end), after, most]
        columns, arguments = ", ".join(self.facts.values()), ", ".join(["%s"] * len(where))
        found = db.select_rows(f"SELECT id, {columns} FROM {self.listing}({arguments})", where)
        by_time = list(self.facts).index("time") if "start" in self.takes else None
        return [
            NamedItem(
                self.kind,
                item,
                dict(zip(self.facts, map(_fact_of, values), strict=True)),
                None if by_time is None else values[by_time],
            )
            for item, *values in found
        ]

    def name(self, facts: Mapping[str, Any]) -> str:
        """Return the name of the item that has these facts, in the active language."""
        shown = {name: "—" if value is None else value for name, value in facts.items()}
        if "time" in facts:
            shown["time"] = show_time(facts["time"])
        return str(self.outline) % {**shown, **self.labels(facts)}

    def fetch_all(self, items: Collection[UUID], decryptor: Decryptor) -> Mapping[UUID, Mapping[str, str]]:
        """Return label → value of those of the items that row-level security shows the current role, in one query."""
        found = self.rows_of(self.model, items, decryptor)
        return {self.number_of(row): self.show(row, fields) for row, fields in found}

    def fetch(self, item_id: UUID, decryptor: Decryptor) -> Mapping[str, str]:
        """Return label → value of one item; raises ItemGoneError when the current role does not see it."""
        found = self.fetch_all([item_id], decryptor).get(item_id)
        if found is None:
            raise ItemGoneError("There is no such item, or it may not be read now.")
        return found

    def own_names(self, items: Collection[UUID], decryptor: Decryptor) -> Mapping[UUID, str]:
        """Return item → the name that its owner gave it, or what it belongs to: for the owner's pages alone."""
        if self.own_name is not None:
            found = self.rows_of(self.model, items, decryptor)
            return {self.number_of(row): self.own_name(row, fields) for row, fields in found}
        if self.belongs_to is None:
            return get_names(self.model, zip(items, items, strict=True), decryptor)
        column, model = self.belongs_to
        mine = self.model._default_manager.filter(pk__in=items, subject=decryptor.reference)  # noqa: SLF001  public API of models
        return get_names(model, mine.values_list("pk", column), decryptor)


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


def _fact_of(value: Any) -> Any:
    """Return a column of a listing as the facts of an item hold it; of a number enough to tell the record apart."""
    if isinstance(value, datetime):
        return store_time(value)
    return str(value)[:8] if isinstance(value, UUID) else value


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
    if end - start > LONGEST:
        raise ValueError(_("One listing covers at most %(days)d days.") % {"days": LONGEST.days})
    return start, end
