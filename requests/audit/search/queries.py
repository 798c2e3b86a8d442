"""The SQL behind the pages of the log: each query follows one index and inspects at most SCAN_LIMIT rows."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from audit.log import uuid7

from .filters import COLUMN_OF, Filter

#: rows that one page inspects at most where a second condition has no index of its own
SCAN_LIMIT = 2_000
COLUMNS = "id, leaf, time, actor, event, outcome, subject, case_ref"
#: conditions without which PostgreSQL does not use the partial indexes
_PREDICATES = {
    "case": "case_ref IS NOT NULL AND ",
    "subject": "subject IS NOT NULL AND ",
    "outcome": "outcome <> 'ok' AND ",
}
_LOWEST, _HIGHEST = UUID(int=0), UUID(int=2**128 - 1)


@dataclass(frozen=True, slots=True)
class Search(Filter):
    """A filter and what pages can ask besides: `kind` is the first half of an actor, `app` that of an event, `without`
    excludes events."""

    kind: str = ""
    app: str = ""
    without: tuple[str, ...] = ()

    @property
    def driving_index(self) -> str:
        """Return the field whose index of (column, id) the query follows; empty for the primary key.

        Nearly every entry has the outcome `ok`, so that has no index.
        """
        return next((name for name in COLUMN_OF if getattr(self, name) not in {"", "ok"}), "")


@dataclass(frozen=True, slots=True)
class Query:
    """SQL with its parameters."""

    sql: str
    parameters: tuple[Any, ...]


def page(
    wanted: Search, limit: int, *, older: UUID | None = None, newer: UUID | None = None, up: bool = False
) -> Query:
    """Return the query of one page: entries below the id `older`, or above `newer`; oldest first with `up`."""
    ordered = _query(wanted, COLUMNS, older, newer, up=up)
    if not _residual(wanted).sql:
        return Query(f"{ordered.sql} LIMIT %s", (*ordered.parameters, limit))
    return _within_limit(wanted, ordered, COLUMNS, limit, order=f" ORDER BY id {'ASC' if up else 'DESC'}")


def everything(wanted: Search, *, older: UUID | None = None) -> Query:
    """Return the query of every fitting entry below the id `older`, oldest first, whatever it has to inspect."""
    ordered, residual = _query(wanted, COLUMNS, older, None, up=True), _residual(wanted)
    sql, _, order = ordered.sql.partition(" ORDER BY ")
    also = f" AND {residual.sql}" if residual.sql else ""
    return Query(f"{sql}{also} ORDER BY {order}", (*ordered.parameters, *residual.parameters))


def end_of_scan(wanted: Search, *, older: UUID | None = None, newer: UUID | None = None, up: bool = False) -> Query:
    """Return the query for the id of the last row that `page` inspects; no row where it inspects all."""
    ordered = _query(wanted, "id", older, newer, up=up)
    return Query(f"{ordered.sql} OFFSET %s LIMIT 1", (*ordered.parameters, SCAN_LIMIT - 1))


def facets(wanted: Search, limit: int) -> Query:
    """Return the query that counts the newest `limit` fitting entries: rows of event, outcome, kind of actor, count.

    Two of the first three are null in each row.
    """
    ordered = _query(wanted, "event, outcome, actor", None, None, up=False)
    columns = "event, outcome, split_part(actor, ':', 1) AS kind"
    found = _within_limit(wanted, ordered, columns, limit)
    return Query(
        f"SELECT event, outcome, kind, count(*) FROM ({found.sql}) fitting "
        "GROUP BY GROUPING SETS ((event), (outcome), (kind))",
        found.parameters,
    )


def has_residual(wanted: Search) -> bool:
    """Return whether the search has conditions that the driving index does not cover."""
    return bool(_residual(wanted).sql)


def _query(wanted: Search, columns: str, older: UUID | None, newer: UUID | None, *, up: bool) -> Query:
    """Return the ordered query along the driving index, without its limit."""
    low, high = _bounds(wanted, older, newer)
    order = "ASC" if up else "DESC"
    # `id` alone, too: by it PostgreSQL excludes partitions.
    sql = "id >= %s AND id <= %s"
    parameters: tuple[Any, ...] = (low, high)
    column = "id"
    if driving_index := wanted.driving_index:
        column, value = COLUMN_OF[driving_index], getattr(wanted, driving_index)
        # Not `column = …`: PostgreSQL would then see the order in the primary key too, and scan that one where it
        # believes the value to be common. Both ends are inclusive because its row estimate uses the first column only.
        sql = f"({column}, id) >= (%s, %s) AND ({column}, id) <= (%s, %s) AND {_PREDICATES.get(driving_index, '')}{sql}"
        parameters = (value, low, value, high, *parameters)
        order = f"{order}, id {order}"
    return Query(f"SELECT {columns} FROM audit_entry WHERE {sql} ORDER BY {column} {order}", parameters)


def _bounds(wanted: Search, older: UUID | None, newer: UUID | None) -> tuple[UUID, UUID]:
    """Return the lowest and the highest id that may be found.

    An id begins with its entry's time, so a range of time is a range of ids, whenever they were committed.
    """
    lows, highs = [_LOWEST], [_HIGHEST]
    if wanted.after is not None:
        lows.append(uuid7.first_from(wanted.after))
    if wanted.before is not None:
        highs.append(_below(uuid7.first_from(wanted.before)))
    if newer is not None:
        lows.append(UUID(int=min(newer.int + 1, _HIGHEST.int)))
    if older is not None:
        highs.append(_below(older))
    return max(lows), min(highs)


def _below(identifier: UUID) -> UUID:
    return UUID(int=max(identifier.int - 1, 0))


def _within_limit(wanted: Search, ordered: Query, columns: str, limit: int, order: str = "") -> Query:
    residual = _residual(wanted)
    where = f" WHERE {residual.sql}" if residual.sql else ""
    return Query(
        f"SELECT {columns} FROM ({ordered.sql} LIMIT %s) inspected{where}{order} LIMIT %s",
        (*ordered.parameters, SCAN_LIMIT if residual.sql else limit, *residual.parameters, limit),
    )


def _residual(wanted: Search) -> Query:
    driving_index = wanted.driving_index
    conditions: list[tuple[str, Any]] = [
        (f"{column} = %s", getattr(wanted, name))
        for name, column in COLUMN_OF.items()
        if name != driving_index and getattr(wanted, name)
    ]
    if wanted.kind:
        conditions.append(("actor ^@ %s", f"{wanted.kind}:"))
    if wanted.app:
        conditions.append(("event ^@ %s", f"{wanted.app}."))
    if wanted.without:
        conditions.append(("event <> ALL (%s)", list(wanted.without)))
    return Query(" AND ".join(sql for sql, _ in conditions), tuple(value for _, value in conditions))
