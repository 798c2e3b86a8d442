"""Reading gated records: all of a subject's as a stream, or one, under the ticket of a log entry."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

import orjson
from django.db.models import Model

from audit import sides, times
from vault.services import Unsealer, unsealer

PAGE = 2000
Record = TypeVar("Record", bound=Model)


@dataclass(frozen=True)
class GatedTable:
    """Where one kind of gated record lies.

    `columns` are the clear ones, `order` the key that an index of (subject, *order) serves, `is_sealed` says that
    there is a `sealed` column: a JSON object under the subject's key.
    """

    name: str
    columns: tuple[str, ...]
    order: tuple[str, ...] = ("occurred_at", "id")
    is_sealed: bool = True


def context_of(table: str, record_id: UUID | str) -> str:
    """Return what the sealed part of a record is bound to."""
    return f"{table}.sealed:{record_id}"


def open_sealed(table: str, record_id: UUID, sealed: bytes | memoryview, opener: Unsealer) -> dict[str, Any]:
    """Return the opened fields of one record; raises SealBrokenError."""
    found: dict[str, Any] = orjson.loads(opener.unseal(context_of(table, record_id), sealed))
    return found


def get_opened(
    model: type[Record], items: Collection[UUID], opener: Unsealer
) -> Iterator[tuple[Record, dict[str, Any]]]:
    """Yield those of these records of the opener's subject that row-level security lets the acting side see, opened."""
    for row in model._default_manager.filter(pk__in=items, subject=opener.reference):  # noqa: SLF001  public API of models
        sealed: bytes = row.sealed  # type: ignore[attr-defined]  # each sealed table's model has it
        yield row, open_sealed(model._meta.db_table, row.pk, sealed, opener)


def _ready(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return times.write(value)
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return value


def export_records(table: GatedTable, reference: str, entry: UUID, *, page: int = PAGE) -> Iterator[dict[str, Any]]:
    """Yield every record of the subject, opened, as JSON-ready dicts in the table's order.

    Reads page by page, each in a short transaction of its own that names the ticket: memory stays flat, no
    transaction stays open, and whoever consumes the stream may write between two records. Raises NoTicketError
    or ShreddedError before the first record.
    """
    opener = unsealer(reference, entry) if table.is_sealed else None
    columns = ("id", "occurred_at", *table.columns)
    chosen = ", ".join((*columns, "sealed") if table.is_sealed else columns)
    order = ", ".join(table.order)
    after: tuple[Any, ...] = ()
    while True:
        beyond = f" AND ({order}) > ({', '.join(['%s'] * len(after))})" if after else ""
        with sides.under_ticket(reference, entry), sides.connection().cursor() as cursor:
            cursor.execute(
                f"SELECT {chosen} FROM {table.name} WHERE subject = %s{beyond} ORDER BY {order} LIMIT %s",
                [reference, *after, page],
            )
            rows = cursor.fetchall()
        for row in rows:
            record = {name: _ready(value) for name, value in zip(columns, row, strict=False)}
            if opener is not None:
                record |= open_sealed(table.name, row[0], row[-1], opener)
            yield record
        if len(rows) < page:
            return
        last = dict(zip(columns, rows[-1], strict=False))
        after = tuple(last[name] for name in table.order)
