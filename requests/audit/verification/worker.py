"""Read a range of entries again and compare them with the tree: plain Python, in this process or a child process.

Entries and leaves are both read in the order of the entries' ids, CHUNK at a time: no join, constant memory. A chunk is
first compared column by column, all rows at once; only where that fails, row by row.

Disclosures are checked without any key: each entry has those of its holders unless they were erased, none is without an
entry, and each has the vault's format and a possible length.

As a process (`run`): a line of JSON on standard input has the connection, the snapshot, whose keys encrypt which
event's fields, and the ranges; for each range a line of JSON is printed.
"""

import gc
import json
import struct
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from operator import itemgetter
from typing import Any
from uuid import UUID

import orjson
import psycopg
from psycopg import sql

from audit.log.disclosure_holders import Rules, holders_of

LOWEST, HIGHEST = UUID(int=0), UUID(int=2**128 - 1)
CHUNK = 1024

# The id as text must not be named id: ORDER BY would sort by the text.
_ENTRIES = """
SELECT id::text AS entry_id, leaf, timestamptz_send(time), actor, event, outcome, subject, case_ref
FROM audit_entry WHERE id >= %s AND id <= %s ORDER BY id LIMIT %s
"""
_LEAVES = "SELECT entry::text AS entry_id, hash FROM audit_leaf WHERE entry >= %s AND entry <= %s ORDER BY entry"
_INDEXES = "SELECT entry::text, min(index), max(index) FROM audit_leaf WHERE entry = ANY (%s::uuid[]) GROUP BY entry"
# 29 bytes: the vault's format byte, nonce and tag.
_DISCLOSURES = """
SELECT entry::text AS entry_id, holder, CASE WHEN length(sealed) > 29 THEN get_byte(sealed, 0) = 1 ELSE false END
FROM audit_disclosure WHERE entry >= %s AND entry <= %s ORDER BY entry
"""
_ERASED = (
    "SELECT EXISTS (SELECT FROM audit_entry WHERE event = 'audit.subject.shredded' AND outcome = 'ok' AND subject = %s)"
)
_PENDING = "SELECT entry::text FROM audit_pending WHERE entry = ANY (%s::uuid[])"

_COLUMNS = ("id", "actor", "event", "outcome", "subject")
_read = {name: itemgetter(name) for name in (*_COLUMNS, "time", "payload")}
_EPOCH = datetime(2000, 1, 1)  # noqa: DTZ001 PostgreSQL's epoch, in UTC
_MILLION = 1_000_000
_MINUTE = 60 * _MILLION

GONE = "it is in the tree and gone from the table"
STRAY = "it is neither in the tree nor pending"
NO_LEAF = "its bytes are not an entry's"
LOST = "a disclosure is missing, and no entry records that its holder was erased"


@dataclass(frozen=True, order=True, slots=True)
class Discrepancy:
    """One difference; the lowest is reported. `index` is its leaf index, -1 outside the tree."""

    rank: int
    index: int
    location: str
    difference: str


#: ranks: at a leaf; in the tiles or checkpoints; not in the tree
IN_TREE, IN_TREE_AS_A_WHOLE, OUTSIDE = range(3)
#: entry id → hash, in the order of the ids
_TreeLeaves = Sequence[tuple[str, bytes]]
#: first and last id, both included
IdRange = tuple[UUID, UUID]


@lru_cache(maxsize=4096)
def _minute(minutes: int) -> str:
    return f"{_EPOCH + timedelta(minutes=minutes):%Y-%m-%dT%H:%M:}"


def _time(microseconds: int) -> str | None:
    """Return the instant as leaves write it (see `rfc3339`); None for one that no leaf can hold."""
    minutes, rest = divmod(microseconds, _MINUTE)
    try:
        return f"{_minute(minutes)}{rest / _MILLION:09.6f}Z"
    except OverflowError:
        return None


def _hashes(leaves: Sequence[bytes]) -> list[bytes]:
    # hashing.leaf_hash inlined: the call would cost a fifth of the hashing.
    return [sha256(b"\x00" + leaf).digest() for leaf in leaves]


def _agreeing(rows: Sequence[tuple[Any, ...]], tree_leaves: _TreeLeaves) -> list[tuple[str, dict[str, Any]]] | None:
    """Return ids and parsed leaves; None unless each is in the tree with its hash and agrees with its columns."""
    if not rows or not tree_leaves:
        return [] if not rows and not tree_leaves else None
    ids, leaves, times, actors, events, outcomes, subjects, cases = zip(*rows, strict=True)
    if list(zip(ids, _hashes(leaves), strict=True)) != tree_leaves:
        return None
    try:
        parsed = list(map(orjson.loads, leaves))
        columns = [tuple(map(_read[name], parsed)) for name in _COLUMNS]
        agrees = columns == [ids, actors, events, outcomes, subjects]
        agrees = agrees and tuple([payload.get("case") for payload in map(_read["payload"], parsed)]) == cases
        instants = struct.unpack(f">{len(rows)}q", b"".join(times))
        agrees = agrees and list(map(_read["time"], parsed)) == list(map(_time, instants))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return list(zip(ids, parsed, strict=True)) if agrees else None


def _difference(row: tuple[Any, ...], hash_: bytes | None) -> str | None:
    """Return what is wrong with one entry, None where nothing is; `hash_` is the leaf's, None outside the tree."""
    id_, leaf, time, actor, event, outcome, subject, case = row
    if hash_ is not None and sha256(b"\x00" + leaf).digest() != hash_:
        return "its bytes are not the ones that were hashed"
    try:
        parsed = orjson.loads(leaf)
        found = {name: parsed[name] for name in (*_COLUMNS, "time")} | {"case_ref": parsed["payload"].get("case")}
    except (ValueError, TypeError, KeyError, AttributeError):
        return NO_LEAF
    stored = dict(zip(_COLUMNS, (id_, actor, event, outcome, subject), strict=True))
    stored |= {"time": _time(struct.unpack(">q", time)[0]), "case_ref": case}
    wrong = next((name for name, value in stored.items() if found[name] != value), None)
    return f"column {wrong!r} differs from its bytes" if wrong else None


def _faults(cursor: Any, rows: Sequence[tuple[Any, ...]], tree_leaves: _TreeLeaves) -> Iterator[Discrepancy]:
    """Yield the differences of a chunk, row by row."""
    hashes = dict(tree_leaves)
    seen = {row[0] for row in rows}
    pending = _listed(cursor, _PENDING, [id_ for id_ in seen if id_ not in hashes])
    wrong = {id_: GONE for id_ in hashes if id_ not in seen}
    for row in rows:
        if (difference := _difference(row, hashes.get(row[0]))) is not None:
            wrong[row[0]] = difference
        elif row[0] not in hashes and row[0] not in pending:
            yield Discrepancy(OUTSIDE, -1, f"entry {row[0]}", STRAY)
    if len(hashes) != len(tree_leaves):
        again = [id_ for number, (id_, _) in enumerate(tree_leaves) if number and id_ == tree_leaves[number - 1][0]]
        wrong |= {id_: "it is in the tree twice" for id_ in again if id_ not in wrong}
    yield from _located(cursor, wrong)


def _located(cursor: Any, wrong: dict[str, str]) -> Iterator[Discrepancy]:
    """Yield the differences, by entry id, with their leaf indexes."""
    indexes = {id_: first for id_, first, _ in _queried(cursor, _INDEXES, list(wrong))}
    for id_, difference in wrong.items():
        index = indexes.get(id_, -1)
        yield Discrepancy(IN_TREE if index >= 0 else OUTSIDE, index, f"entry {id_}", difference)


def _queried(cursor: Any, query: str, ids: list[str]) -> list[tuple[Any, ...]]:
    if not ids:
        return []
    cursor.execute(query, [ids])
    return list(cursor.fetchall())


def _listed(cursor: Any, query: str, ids: list[str]) -> set[str]:
    return {row[0] for row in _queried(cursor, query, ids)}


def _disclosure_faults(
    cursor: Any,
    leaves: Sequence[tuple[str, dict[str, Any]]],
    held: Sequence[tuple[str, str, bool]],
    rules: Rules,
    erased: dict[str, bool],
) -> Iterator[Discrepancy]:
    """Yield the differences between a chunk's disclosures and leaves; `erased` caches who was erased."""
    by_entry: dict[str, dict[str, bool]] = {}
    for id_, holder, whole in held:
        by_entry.setdefault(id_, {})[holder] = whole
    wrong: dict[str, str] = {}
    for id_, leaf in leaves:
        found = by_entry.pop(id_, None)
        if not isinstance(leaf.get("sd"), list) or "event_version" not in leaf:
            wrong[id_] = NO_LEAF
            continue
        if not found and not leaf["sd"]:
            continue
        found, holders = found or {}, holders_of(leaf, rules)
        if found.keys() - holders.may:
            wrong[id_] = "a disclosure is under a key that is not its holder's"
        elif not all(found.values()):
            wrong[id_] = "a disclosure is not in the vault's format"
        elif any(not _is_erased(cursor, holder, erased) for holder in holders.must - found.keys()):
            wrong[id_] = LOST
    for id_ in by_entry:
        yield Discrepancy(OUTSIDE, -1, f"entry {id_}", "it is missing, and its disclosures are there")
    yield from _located(cursor, wrong)


def _is_erased(cursor: Any, holder: str, erased: dict[str, bool]) -> bool:
    # Queried once for each person, who may be in any number of entries.
    if holder not in erased:
        cursor.execute(_ERASED, [holder])
        erased[holder] = bool(cursor.fetchone()[0])
    return erased[holder]


def check_range(
    connection: psycopg.Connection[Any], low: UUID, high: UUID, rules: Rules
) -> tuple[int, Discrepancy | None]:
    """Check the entries, leaves and disclosures with ids from `low` to `high`, both included.

    Returns how many entries there are, and the first difference in the order of the tree, None where there is none.
    """
    count, first, erased = 0, None, dict[str, bool]()
    with psycopg.Cursor(connection) as cursor:
        while low <= high:
            cursor.execute(_ENTRIES, [str(low), str(high), CHUNK], prepare=True, binary=True)
            rows = cursor.fetchall()
            last = UUID(rows[-1][0]) if len(rows) == CHUNK else high
            cursor.execute(_LEAVES, [str(low), str(last)], prepare=True, binary=True)
            tree_leaves = cursor.fetchall()
            cursor.execute(_DISCLOSURES, [str(low), str(last)], prepare=True, binary=True)
            held = cursor.fetchall()
            leaves, faults = _agreeing(rows, tree_leaves), list[Discrepancy]()
            if leaves is None:  # pending entries are no difference, and have disclosures
                faults = list(_faults(cursor, rows, tree_leaves))
                leaves = [(row[0], orjson.loads(row[1])) for row in rows if _difference(row, None) is None]
                malformed = {row[0] for row in rows}.difference(id_ for id_, _ in leaves)
                held = [each for each in held if each[0] not in malformed]
            found = min([*faults, *_disclosure_faults(cursor, leaves, held, rules, erased)], default=None)
            first = found if first is None or (found is not None and found < first) else first
            count += len(rows)
            if last == HIGHEST:
                break
            low = UUID(int=last.int + 1)
    return count, first


def run() -> None:
    """Run as a worker process (see the module). A database error is printed as its class name in JSON."""
    order = json.loads(sys.stdin.readline())
    # Nothing here makes reference cycles, and the collector costs a third of reading JSON.
    gc.disable()
    try:
        with psycopg.connect(**order["connect"]) as connection:
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            connection.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(order["snapshot"]))
            for low, high in order["ranges"]:
                count, fault = check_range(connection, UUID(low), UUID(high), order["rules"])
                fields = fault and [fault.rank, fault.index, fault.location, fault.difference]
                print(json.dumps([count, fields]), flush=True)  # noqa: T201 the answer
    except psycopg.Error as error:
        print(json.dumps(type(error).__name__))  # noqa: T201 the answer
