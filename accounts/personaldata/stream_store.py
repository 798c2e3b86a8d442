"""Put a batch's rows into the restricted tables, which ingest may only add to."""

from collections.abc import Iterable, Sequence

from core import db

from .stream_format import Stream

Row = tuple[str | None, ...]
#: stream name → the stream and its rows: id, subject, time, clear columns, the encrypted part in hexadecimal
Rows = dict[str, tuple[Stream, list[Row]]]


def _copy_text(rows: Iterable[Row], *, is_encrypted: bool) -> bytes:
    """Return rows in COPY's text form. No value needs escaping: the streams' rules let no such character through."""
    if is_encrypted:
        lines = ["\t".join(["\\N" if v is None else v for v in row[:-1]]) + f"\t\\\\x{row[-1]}\n" for row in rows]
    else:
        lines = ["\t".join(["\\N" if v is None else v for v in row]) + "\n" for row in rows]
    return "".join(lines).encode("ascii")


def _find_conflicts(stream: Stream, rows: list[Row]) -> set[tuple[str, str]]:
    """Return record and subject of those rows whose record is somebody else's."""
    sql = f"SELECT id::text, subject FROM {stream.table}_conflicts(%s::uuid[], %s::text[])"
    return set(db.select_rows(sql, [[row[0] for row in rows], [row[1] for row in rows]]))


def _add(stream: Stream, rows: list[Row]) -> int:
    """Copy rows into a staging table of this transaction's own, then insert those that are new; return how many.

    COPY into a table under row-level security is refused. The staging table is temporary: nobody else sees it,
    it is not written to the WAL, and it is dropped at the commit.
    """
    kinds = {"id": "uuid", "subject": "text", "occurred_at": "timestamptz", **stream.columns}
    if stream.is_encrypted:
        kinds["sealed"] = "bytea"
    columns = ", ".join(kinds)
    staging = f"staging_{stream.table}"
    with db.connection().cursor() as cursor:
        cursor.execute(
            f"CREATE TEMP TABLE {staging} ({', '.join(f'{n} {k}' for n, k in kinds.items())}) ON COMMIT DROP"
        )
        with cursor.copy(f"COPY pg_temp.{staging} ({columns}) FROM STDIN") as copy:
            copy.write(_copy_text(rows, is_encrypted=stream.is_encrypted))
        # In the order of the ids: two ingests of the same records then wait for each other and never deadlock. Of two
        # rows of one id the first is stored.
        cursor.execute(
            f"INSERT INTO {stream.table} ({columns}) SELECT {columns} FROM pg_temp.{staging} ORDER BY id, ctid "
            "ON CONFLICT DO NOTHING"
        )
        return int(cursor.rowcount)


def _take(stream: Stream, rows: list[Row]) -> int:
    """Hand states of things to the database function that keeps the newest of each; return how many it took."""
    columns: list[Sequence[str | None]] = list(zip(*rows, strict=True))
    if stream.is_encrypted:
        columns[-1] = [value and f"\\x{value}" for value in columns[-1]]
    arguments = ", ".join(["%s::text[]"] * len(columns))
    return int(db.select_value(f"SELECT {stream.take}({arguments})", [list(column) for column in columns]))


def store_rows(rows: Rows) -> tuple[int, set[tuple[str, str, str]]]:
    """Store the rows of a batch, stream by stream in the order of the names.

    Return how many were new, and stream, record and subject of the rows not stored because the record is another
    person's.
    """
    stored, conflicts = 0, set()
    for name in sorted(rows):
        stream, found = rows[name]
        new = _take(stream, found) if stream.take else _add(stream, found)
        stored += new
        if new < len(found):
            conflicts |= {(name, *conflict) for conflict in _find_conflicts(stream, found)}
    return stored, conflicts
