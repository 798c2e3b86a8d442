"""Put a batch's rows into the gated tables, which ingest may only add to."""

from collections.abc import Iterable, Sequence
from typing import Protocol
from uuid import UUID

from accounts.identity.streams import Stream
from audit import sides

Row = tuple[str | None, ...]
#: stream name → the stream and its rows: id, subject, time, clear columns, the sealed part in hexadecimal
Rows = dict[str, tuple[Stream, list[Row]]]


class Refused(Protocol):
    """A line set aside."""

    @property
    def number(self) -> int: ...
    @property
    def field(self) -> str: ...
    @property
    def rule(self) -> str: ...
    @property
    def digest(self) -> bytes: ...


def _copy_text(rows: Iterable[Row], *, is_sealed: bool) -> bytes:
    """Return rows in COPY's text form. No value needs escaping: the streams' rules let no such character through."""
    if is_sealed:
        lines = ["\t".join(["\\N" if v is None else v for v in row[:-1]]) + f"\t\\\\x{row[-1]}\n" for row in rows]
    else:
        lines = ["\t".join(["\\N" if v is None else v for v in row]) + "\n" for row in rows]
    return "".join(lines).encode("ascii")


def _find_conflicts(stream: Stream, rows: list[Row]) -> set[tuple[str, str]]:
    """Return record and subject of those rows whose record is somebody else's."""
    with sides.connection().cursor() as cursor:
        cursor.execute(
            f"SELECT id::text, subject FROM {stream.table}_conflicts(%s::uuid[], %s::text[])",
            [[row[0] for row in rows], [row[1] for row in rows]],
        )
        return set(cursor.fetchall())


def _add(stream: Stream, rows: list[Row]) -> int:
    """Copy rows into a staging table of this transaction's own, then insert those that are new; return how many.

    COPY into a table under row-level security is refused. The staging table is temporary: nobody else sees it,
    it is not logged, and it is gone with the commit.
    """
    kinds = {"id": "uuid", "subject": "text", "occurred_at": "timestamptz", **stream.columns}
    if stream.is_sealed:
        kinds["sealed"] = "bytea"
    columns = ", ".join(kinds)
    staging = f"staging_{stream.table}"
    with sides.connection().cursor() as cursor:
        cursor.execute(
            f"CREATE TEMP TABLE {staging} ({', '.join(f'{n} {k}' for n, k in kinds.items())}) ON COMMIT DROP"
        )
        with cursor.copy(f"COPY pg_temp.{staging} ({columns}) FROM STDIN") as copy:
            copy.write(_copy_text(rows, is_sealed=stream.is_sealed))
        # In the order of the ids: two ingests of the same records then wait for each other and never deadlock. Of two
        # rows of one id the first that came is kept.
        cursor.execute(
            f"INSERT INTO {stream.table} ({columns}) SELECT {columns} FROM pg_temp.{staging} ORDER BY id, ctid "
            "ON CONFLICT DO NOTHING"
        )
        return int(cursor.rowcount)


def _take(stream: Stream, rows: list[Row]) -> int:
    """Hand states of things to the database function that keeps the newest of each; return how many it took."""
    columns: list[Sequence[str | None]] = list(zip(*rows, strict=True))
    if stream.is_sealed:
        columns[-1] = [f"\\x{value}" for value in columns[-1]]
    with sides.connection().cursor() as cursor:
        arguments = ", ".join(["%s::text[]"] * len(columns))
        cursor.execute(f"SELECT {stream.take}({arguments})", [list(column) for column in columns])
        return int(cursor.fetchone()[0])


def store_rows(rows: Rows) -> tuple[int, set[tuple[str, str, str]]]:
    """Store the rows of a batch, stream by stream in the order of the names.

    Return how many were new, and stream, record and subject of what was not kept because the record is another
    person's.
    """
    kept, conflicts = 0, set()
    for name in sorted(rows):
        stream, found = rows[name]
        new = _take(stream, found) if stream.take else _add(stream, found)
        kept += new
        if new < len(found):
            conflicts |= {(name, *conflict) for conflict in _find_conflicts(stream, found)}
    return kept, conflicts


def store_set_aside(ingest: UUID, aside: Sequence[Refused]) -> None:
    """Note the lines that were not kept; one that is noted already keeps its first note."""
    if not aside:
        return
    with sides.connection().cursor() as cursor:
        cursor.execute(
            "INSERT INTO workloads_setasideline (ingest, number, field, rule, digest) "
            "SELECT %s, * FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::bytea[]) "
            "ON CONFLICT DO NOTHING",
            [
                ingest,
                [line.number for line in aside],
                [line.field for line in aside],
                [line.rule for line in aside],
                [line.digest for line in aside],
            ],
        )
