"""The SQL behind the pages of the log: one index leads, and nothing scans further than a budget."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from . import ids
from .filters import Filter

#: entries that one page looks through at most where a second condition has no index of its own
BUDGET = 2_000
COLUMNS = "id, leaf, time, actor, event, outcome, subject, case_ref"
#: conditions that an index of (column, id) carries, the narrowest first
_LEADERS = ("case", "subject", "outcome", "actor", "event")
_COLUMN = {"case": "case_ref", "subject": "subject", "outcome": "outcome", "actor": "actor", "event": "event"}
#: what the partial indexes ask to be said
_PREDICATES = {
    "case": "case_ref IS NOT NULL AND ",
    "subject": "subject IS NOT NULL AND ",
    "outcome": "outcome <> 'ok' AND ",
}
_LOWEST, _HIGHEST = UUID(int=0), UUID(int=2**128 - 1)


@dataclass(frozen=True, slots=True)
class Search(Filter):
    """A filter and what pages ask besides: `kind` is the first half of an actor, `without` leaves events out."""

    kind: str = ""
    without: tuple[str, ...] = ()

    @property
    def leader(self) -> str:
        """Return the condition whose index is walked; empty where the ids themselves are.

        Outcome `ok` is what nearly every entry has, so it is no leader and has no index.
        """
        return next((name for name in _LEADERS if getattr(self, name) not in {"", "ok"}), "")


@dataclass(frozen=True, slots=True)
class Query:
    """SQL with its parameters."""

    sql: str
    parameters: tuple[Any, ...]


def page(
    wanted: Search, limit: int, *, older: UUID | None = None, newer: UUID | None = None, up: bool = False
) -> Query:
    """Return the query of one page: entries below the id `older`, or above `newer`; upwards with `up`."""
    walked = _walk(wanted, COLUMNS, older, newer, up=up)
    if not _rest(wanted).sql:
        return Query(f"{walked.sql} LIMIT %s", (*walked.parameters, limit))
    return _within_budget(wanted, walked, COLUMNS, limit, order=f" ORDER BY id {'ASC' if up else 'DESC'}")


def end_of_budget(wanted: Search, *, older: UUID | None = None, newer: UUID | None = None, up: bool = False) -> Query:
    """Return the query for the id of the last entry that `page` looks through; no row where it looks through all."""
    walked = _walk(wanted, "id", older, newer, up=up)
    return Query(f"{walked.sql} OFFSET %s LIMIT 1", (*walked.parameters, BUDGET - 1))


def facets(wanted: Search, limit: int) -> Query:
    """Return the query that counts the newest `limit` fitting entries: rows of event, outcome, kind of actor, count.

    Two of the first three are null in each row.
    """
    walked = _walk(wanted, "event, outcome, actor", None, None, up=False)
    columns = "event, outcome, split_part(actor, ':', 1) AS kind"
    found = _within_budget(wanted, walked, columns, limit)
    return Query(
        f"SELECT event, outcome, kind, count(*) FROM ({found.sql}) fitting "
        "GROUP BY GROUPING SETS ((event), (outcome), (kind))",
        found.parameters,
    )


def has_rest(wanted: Search) -> bool:
    """Return whether something is asked that the leading index does not carry."""
    return bool(_rest(wanted).sql)


def _walk(wanted: Search, columns: str, older: UUID | None, newer: UUID | None, *, up: bool) -> Query:
    """Return the ordered walk along one index, without its limit."""
    low, high = _bounds(wanted, older, newer)
    order = "ASC" if up else "DESC"
    # `id` alone, too: it is what tells PostgreSQL which partitions to leave out.
    sql = "id >= %s AND id <= %s"
    parameters: tuple[Any, ...] = (low, high)
    if leader := wanted.leader:
        column, value = _COLUMN[leader], getattr(wanted, leader)
        # Not `column = …`: PostgreSQL would then see the order in the primary key too, and where it believes the
        # value to be common it walks that one, past everything else, for as long as none turns up. Both ends are
        # inclusive because the guess at how many rows there are takes the first column alone.
        sql = f"({column}, id) >= (%s, %s) AND ({column}, id) <= (%s, %s) AND {_PREDICATES.get(leader, '')}{sql}"
        parameters = (value, low, value, high, *parameters)
        order = f"{order}, id {order}"
    return Query(
        f"SELECT {columns} FROM audit_entry WHERE {sql} ORDER BY {_COLUMN[leader] if leader else 'id'} {order}",
        parameters,
    )


def _bounds(wanted: Search, older: UUID | None, newer: UUID | None) -> tuple[UUID, UUID]:
    """Return the lowest and the highest id that may be found.

    An id begins with its entry's own time, so a window of time is a range of ids, whenever they were committed.
    """
    lows, highs = [_LOWEST], [_HIGHEST]
    if wanted.after is not None:
        lows.append(ids.first_from(wanted.after))
    if wanted.before is not None:
        highs.append(_below(ids.first_from(wanted.before)))
    if newer is not None:
        lows.append(UUID(int=min(newer.int + 1, _HIGHEST.int)))
    if older is not None:
        highs.append(_below(older))
    return max(lows), min(highs)


def _below(identifier: UUID) -> UUID:
    return UUID(int=max(identifier.int - 1, 0))


def _within_budget(wanted: Search, walked: Query, columns: str, limit: int, order: str = "") -> Query:
    rest = _rest(wanted)
    where = f" WHERE {rest.sql}" if rest.sql else ""
    return Query(
        f"SELECT {columns} FROM ({walked.sql} LIMIT %s) looked{where}{order} LIMIT %s",
        (*walked.parameters, BUDGET if rest.sql else limit, *rest.parameters, limit),
    )


def _rest(wanted: Search) -> Query:
    leader = wanted.leader
    conditions: list[tuple[str, Any]] = [
        (f"{column} = %s", getattr(wanted, name))
        for name, column in _COLUMN.items()
        if name != leader and getattr(wanted, name)
    ]
    if wanted.kind:
        conditions.append(("actor ^@ %s", f"{wanted.kind}:"))
    if wanted.without:
        conditions.append(("event <> ALL (%s)", list(wanted.without)))
    return _and(conditions)


def _and(conditions: Iterable[tuple[str, Any]]) -> Query:
    listed = list(conditions)
    return Query(" AND ".join(sql for sql, _ in listed), tuple(value for _, value in listed))
