"""Read a stretch of entries again and compare them with the tree: plain Python, in this process or in one of its own.

Entries and places of the tree are each read in the order of the entries' ids, a few thousand at a time, so that
nothing is joined and memory stays flat. Where a stretch agrees it is compared column by column, all rows at once;
only where it does not is each row looked at.

Disclosures are compared without any key: each entry has those of its holders, unless an entry says that they were
erased, nothing lies there without an entry, and each begins and is as long as what the vault writes.

As a process (`run`): one line of JSON on standard input says how to connect, on which snapshot, whose keys encrypt
which event's fields, and which stretches; a line of JSON comes back for each.
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

from .holders import Rules, holders_of

LOWEST, HIGHEST = UUID(int=0), UUID(int=2**128 - 1)
CHUNK = 1024

# The id as text must not be called id: ORDER BY would sort by the text.
_ENTRIES = """
SELECT id::text AS place, leaf, timestamptz_send(time), actor, event, outcome, subject, case_ref
FROM audit_entry WHERE id >= %s AND id <= %s ORDER BY id LIMIT %s
"""
_PLACES = "SELECT entry::text AS place, hash FROM audit_leaf WHERE entry >= %s AND entry <= %s ORDER BY entry"
_INDEXES = "SELECT entry::text, min(index), max(index) FROM audit_leaf WHERE entry = ANY (%s::uuid[]) GROUP BY entry"
# The vault's format byte, nonce, tag and the shortest list of one disclosure: nothing shorter was ever written.
_DISCLOSURES = """
SELECT entry::text AS place, holder, CASE WHEN length(sealed) > 29 THEN get_byte(sealed, 0) = 1 ELSE false END
FROM audit_disclosure WHERE entry >= %s AND entry <= %s ORDER BY entry
"""
_ERASED = (
    "SELECT EXISTS (SELECT FROM audit_entry WHERE event = 'audit.subject.shredded' AND outcome = 'ok' AND subject = %s)"
)
_PENDING = "SELECT entry::text FROM audit_pending WHERE entry = ANY (%s::uuid[])"

_COLUMNS = ("id", "actor", "event", "outcome", "subject")
_said = {name: itemgetter(name) for name in (*_COLUMNS, "time", "payload")}
_EPOCH = datetime(2000, 1, 1)  # noqa: DTZ001 PostgreSQL's own, in UTC
_MILLION = 1_000_000
_MINUTE = 60 * _MILLION

GONE = "it is in the tree and gone from the table"
STRAY = "it is neither in the tree nor waiting for it"
NO_LEAF = "its bytes are not an entry's"
LOST = "a personal detail is missing, and no entry says that its holder was erased"


@dataclass(frozen=True, order=True, slots=True)
class Fault:
    """One thing that does not agree; the lowest is named first. `index` is its place in the tree, -1 without one."""

    rank: int
    index: int
    place: str
    difference: str


#: ranks: one place of the tree; its tiles and checkpoints; what is in no place of it
IN_TREE, IN_TREE_AS_A_WHOLE, OUTSIDE = range(3)
#: ids from the one to the other, both included
Stretch = tuple[UUID, UUID]


@lru_cache(maxsize=4096)
def _minute(minutes: int) -> str:
    return f"{_EPOCH + timedelta(minutes=minutes):%Y-%m-%dT%H:%M:}"


def _time(microseconds: int) -> str | None:
    """Return the instant as leaves write it (see `times`); None for one that no leaf can hold."""
    minutes, rest = divmod(microseconds, _MINUTE)
    try:
        return f"{_minute(minutes)}{rest / _MILLION:09.6f}Z"
    except OverflowError:
        return None


def _hashes(leaves: Sequence[bytes]) -> list[bytes]:
    # The body of hashing.leaf_hash, spelt out: the call would cost a fifth of the hashing.
    return [sha256(b"\x00" + leaf).digest() for leaf in leaves]


def _agreeing(
    rows: Sequence[tuple[Any, ...]], places: Sequence[tuple[str, bytes]]
) -> list[tuple[str, dict[str, Any]]] | None:
    """Return ids and parsed leaves; None unless each is in the tree with its own hash and its columns' values."""
    if not rows or not places:
        return [] if not rows and not places else None
    ids, leaves, stamps, actors, events, outcomes, subjects, cases = zip(*rows, strict=True)
    if list(zip(ids, _hashes(leaves), strict=True)) != places:
        return None
    try:
        said = list(map(orjson.loads, leaves))
        columns = [tuple(map(_said[name], said)) for name in _COLUMNS]
        agrees = columns == [ids, actors, events, outcomes, subjects]
        agrees = agrees and tuple([payload.get("case") for payload in map(_said["payload"], said)]) == cases
        instants = struct.unpack(f">{len(rows)}q", b"".join(stamps))
        agrees = agrees and list(map(_said["time"], said)) == list(map(_time, instants))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return list(zip(ids, said, strict=True)) if agrees else None


def _difference(row: tuple[Any, ...], hash_: bytes | None) -> str | None:
    """Say what is wrong with one entry, None where nothing is; `hash_` is the tree's, None outside it."""
    id_, leaf, stamp, actor, event, outcome, subject, case = row
    if hash_ is not None and sha256(b"\x00" + leaf).digest() != hash_:
        return "its bytes are not the ones that were hashed"
    try:
        said = orjson.loads(leaf)
        found = {name: said[name] for name in (*_COLUMNS, "time")} | {"case_ref": said["payload"].get("case")}
    except (ValueError, TypeError, KeyError, AttributeError):
        return NO_LEAF
    stored = dict(zip(_COLUMNS, (id_, actor, event, outcome, subject), strict=True))
    stored |= {"time": _time(struct.unpack(">q", stamp)[0]), "case_ref": case}
    wrong = next((name for name, value in stored.items() if found[name] != value), None)
    return f"column {wrong!r} differs from its bytes" if wrong else None


def _faults(cursor: Any, rows: Sequence[tuple[Any, ...]], places: Sequence[tuple[str, bytes]]) -> Iterator[Fault]:
    """Look at each row of a stretch that does not agree as a whole."""
    hashes = dict(places)
    seen = {row[0] for row in rows}
    waiting = _listed(cursor, _PENDING, [id_ for id_ in seen if id_ not in hashes])
    wrong = {id_: GONE for id_ in hashes if id_ not in seen}
    for row in rows:
        if (difference := _difference(row, hashes.get(row[0]))) is not None:
            wrong[row[0]] = difference
        elif row[0] not in hashes and row[0] not in waiting:
            yield Fault(OUTSIDE, -1, f"entry {row[0]}", STRAY)
    if len(hashes) != len(places):
        again = [id_ for number, (id_, _) in enumerate(places) if number and id_ == places[number - 1][0]]
        wrong |= {id_: "it is in the tree twice" for id_ in again if id_ not in wrong}
    indexes = {id_: first for id_, first, _ in _queried(cursor, _INDEXES, list(wrong))}
    for id_, difference in wrong.items():
        index = indexes.get(id_, -1)
        yield Fault(IN_TREE if index >= 0 else OUTSIDE, index, f"entry {id_}", difference)


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
) -> Iterator[Fault]:
    """Compare the disclosures of a stretch with the leaves of its entries; `erased` remembers who was."""
    kept: dict[str, dict[str, bool]] = {}
    for id_, holder, whole in held:
        kept.setdefault(id_, {})[holder] = whole
    wrong: dict[str, str] = {}
    for id_, leaf in leaves:
        found = kept.pop(id_, None)
        if not isinstance(leaf.get("sd"), list) or "event_version" not in leaf:
            wrong[id_] = NO_LEAF
            continue
        if not found and not leaf["sd"]:
            continue
        found, holders = found or {}, holders_of(leaf, rules)
        if found.keys() - holders.may:
            wrong[id_] = "a personal detail lies there under a key that is not its holder's"
        elif not all(found.values()):
            wrong[id_] = "a personal detail is not in the vault's format"
        elif any(not _is_erased(cursor, holder, erased) for holder in holders.must - found.keys()):
            wrong[id_] = LOST
    for id_ in kept:
        yield Fault(OUTSIDE, -1, f"entry {id_}", "personal details lie there and the entry does not")
    indexes = {id_: first for id_, first, _ in _queried(cursor, _INDEXES, list(wrong))}
    for id_, difference in wrong.items():
        index = indexes.get(id_, -1)
        yield Fault(IN_TREE if index >= 0 else OUTSIDE, index, f"entry {id_}", difference)


def _is_erased(cursor: Any, holder: str, erased: dict[str, bool]) -> bool:
    # Asked once for each person: whoever was erased may stand in any number of entries.
    if holder not in erased:
        cursor.execute(_ERASED, [holder])
        erased[holder] = bool(cursor.fetchone()[0])
    return erased[holder]


def check_stretch(connection: psycopg.Connection[Any], low: UUID, high: UUID, rules: Rules) -> tuple[int, Fault | None]:
    """Read the entries, the places of the tree and the disclosures with ids from `low` to `high`, both included.

    Returns how many entries there are, and the first fault by its place in the tree, None where all agrees.
    """
    count, first, erased = 0, None, dict[str, bool]()
    with psycopg.Cursor(connection) as cursor:
        while low <= high:
            cursor.execute(_ENTRIES, [str(low), str(high), CHUNK], prepare=True, binary=True)
            rows = cursor.fetchall()
            last = UUID(rows[-1][0]) if len(rows) == CHUNK else high
            cursor.execute(_PLACES, [str(low), str(last)], prepare=True, binary=True)
            places = cursor.fetchall()
            cursor.execute(_DISCLOSURES, [str(low), str(last)], prepare=True, binary=True)
            held = cursor.fetchall()
            leaves, faults = _agreeing(rows, places), list[Fault]()
            if leaves is None:  # entries that wait for the tree are no fault, and have disclosures
                faults = list(_faults(cursor, rows, places))
                leaves = [(row[0], orjson.loads(row[1])) for row in rows if _difference(row, None) is None]
                spoilt = {row[0] for row in rows}.difference(id_ for id_, _ in leaves)
                held = [each for each in held if each[0] not in spoilt]
            found = min([*faults, *_disclosure_faults(cursor, leaves, held, rules, erased)], default=None)
            first = found if first is None or (found is not None and found < first) else first
            count += len(rows)
            if last == HIGHEST:
                break
            low = UUID(int=last.int + 1)
    return count, first


def run() -> None:
    """Be a reading process: see the module's docstring. What fails is one word of JSON, never a traceback."""
    order = json.loads(sys.stdin.readline())
    # Nothing here makes cycles, and looking for them costs a third of reading JSON.
    gc.disable()
    try:
        with psycopg.connect(**order["connect"]) as connection:
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            connection.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(order["snapshot"]))
            for low, high in order["stretches"]:
                count, fault = check_stretch(connection, UUID(low), UUID(high), order["rules"])
                said = fault and [fault.rank, fault.index, fault.place, fault.difference]
                print(json.dumps([count, said]), flush=True)  # noqa: T201 the answer
    except psycopg.Error as error:
        print(json.dumps(type(error).__name__))  # noqa: T201 the answer
