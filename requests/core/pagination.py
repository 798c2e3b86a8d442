"""Keyset pagination: a page starts after the last row of the page before, so page 1000 costs what page 1 costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar, cast

from django.core.exceptions import ValidationError
from django.db.models import Field, Model, Q, QuerySet

from . import db

RowT = TypeVar("RowT", bound=Model)


@dataclass(frozen=True)
class KeysetPage(Generic[RowT]):
    """The rows of one page; `older` is the cursor of the next page, empty on the last."""

    rows: Sequence[RowT]
    older: str


def keyset_page(found: QuerySet[RowT], order: Sequence[str], size: int, cursor: str = "") -> KeysetPage[RowT]:
    """Return the page after the cursor, or the first; `order` are field names, all ascending or all with a minus.

    The last field must be unique and none may be null. Raises ValueError for a cursor that is not one of ours.
    """
    names = [name.removeprefix("-") for name in order]
    if cursor:
        comparison = "lt" if order[0].startswith("-") else "gt"
        found = found.filter(_beyond(comparison, names, _read_cursor(found.model, names, cursor)))
    rows = list(found.order_by(*order)[: size + 1])
    return KeysetPage(rows[:size], _write_cursor(rows[size - 1], names) if len(rows) > size else "")


def _beyond(comparison: str, names: Sequence[str], values: Sequence[Any]) -> Q:
    name, value = names[0], values[0]
    beyond = Q((f"{name}__{comparison}", value))
    if len(names) > 1:
        equal = Q((name, value)) & _beyond(comparison, names[1:], values[1:])
        # The last condition looks redundant: it lets the index start at the cursor.
        beyond = (beyond | equal) & Q((f"{name}__{comparison}e", value))
    return beyond


def _write_cursor(row: Model, names: Sequence[str]) -> str:
    return _text_of([getattr(row, name) for name in names])


def _text_of(values: Sequence[Any]) -> str:
    return "|".join(value.isoformat() if isinstance(value, datetime) else str(value) for value in values)


def _read_cursor(model: type[Model], names: Sequence[str], cursor: str) -> list[Any]:
    parts = cursor.split("|")
    if len(parts) != len(names):
        raise ValueError("The cursor has another number of values.")
    fields = [cast("Field[Any, Any]", model._meta.get_field(name)) for name in names]
    try:
        values = [column.to_python(part) for column, part in zip(fields, parts, strict=True)]
    except ValidationError:
        raise ValueError("The cursor has a value of another type.") from None
    if any(isinstance(value, datetime) and (value.tzinfo is None or value.utcoffset()) for value in values):
        raise ValueError("The cursor's time is not in UTC.")
    if _text_of(values) != cursor:
        raise ValueError("The cursor is not written as we write it.")
    return values


def count_each(found: Mapping[str, QuerySet[Any]], limit: int) -> dict[str, int]:
    """Return the number of rows of each query, `limit` at most, in one statement: a count never reads more rows."""
    parts: list[str] = []
    parameters: list[Any] = []
    for rows in found.values():
        sql, given = rows.order_by().values("pk")[:limit].query.sql_with_params()
        parts.append(f"(SELECT count(*) FROM ({sql}) AS counted)")
        parameters += given
    (numbers,) = db.select_rows(f"SELECT {', '.join(parts)}", parameters) if parts else ((),)
    return dict(zip(found, numbers, strict=True))
