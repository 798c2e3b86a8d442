"""Rows a second and peak memory of `manage.py ingest`, on a database of its own: bench/ingest.py [--lines N] [--json].

The lines are of all streams, in the shares of the demo platform. Beside it, before and after the second ingest: COPY of
the rows that the first one stored into tables of the same columns, constraints and indexes (1.00), which parses no
JSON, checks, encrypts, counts and logs nothing. The peak is the ingesting process's own.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
_FIGURES = re.compile(r"([\d,]+) lines, ([\d,]+) new, .* ([\d,]+) lines/s, peak memory (\d+) MB")
#: megabytes that ingest may use at most, whatever the number of lines
GOAL_MB = 200


def _manage(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "manage.py", *arguments], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def _copy_rows(tables: list[str], folder: Path) -> tuple[dict[str, int], float]:
    """Return how many rows each table has, and the seconds in which COPY puts them into others like these."""
    import psycopg

    rows, seconds = {}, 0.0
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection, connection.cursor() as cursor:
        for table in tables:
            path = folder / "rows"
            with path.open("wb") as file, cursor.copy(f"COPY {table} TO STDOUT") as copy:
                file.writelines(copy)
            cursor.execute(f"CREATE TABLE bench_copy (LIKE {table} INCLUDING ALL)")
            connection.commit()
            began = time.monotonic()
            with path.open("rb") as file, cursor.copy("COPY bench_copy FROM STDIN") as copy:
                while block := file.read(1 << 20):
                    copy.write(block)
            rows[table] = cursor.rowcount
            connection.commit()
            seconds += time.monotonic() - began
            cursor.execute("DROP TABLE bench_copy")
    return rows, seconds


def _ingest(path: Path) -> dict[str, int]:
    """Ingest a file in a process of its own and return its figures."""
    said = _FIGURES.search(_manage("ingest", str(path)).splitlines()[-1])
    names = ("lines", "new", "lines_per_second", "peak_mb")
    return dict(zip(names, (int(text.replace(",", "")) for text in said.groups()), strict=True))  # type: ignore[union-attr]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--broken", type=float, default=0.01)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(OFFICE_ENV="development", OFFICE_VAR=folder)
        from omegaoffice.dev.local_servers import local_servers

        with local_servers(Path(folder) / "servers", own=True):
            _manage("migrate", "-v0")
            made = (
                "from accounts.identity.models import User; "
                "u = User(email='b@example.org', username='b'); u.save(); print(u.id)"
            )
            account = _manage("shell", "-v0", "-c", made).splitlines()[-1]
            path = Path(folder) / "streams.jsonl"
            made_up = ("--lines", str(options.lines), "--broken", str(options.broken), "--account", account)
            _manage("demo_data", str(path), *made_up)
            listed = (
                "from accounts.personaldata.stream_format import streams; print(*(s.table for s in streams().values()))"
            )
            tables = _manage("shell", "-v0", "-c", listed).splitlines()[-1].split()
            first = _ingest(path)
            rows, before = _copy_rows(tables, Path(folder))
            again = _ingest(path)
            _same, after = _copy_rows(tables, Path(folder))
            size = path.stat().st_size
    copied = round(sum(rows.values()) / ((before + after) / 2))
    first["rows_per_second"] = round(first["lines_per_second"] * first["new"] / first["lines"])
    ratio = round(first["rows_per_second"] / copied, 3)
    found = {
        "bytes": size,
        "rows": rows,
        "first": first,
        "again": again,
        "copy_rows_per_second": copied,
        "ratio": ratio,
    }
    if options.json:
        print(json.dumps(found))
        return
    print(f"{options.lines:,} lines, {size / 1e6:,.0f} MB, {options.broken:.0%} broken")
    print(", ".join(f"{table} {count:,}" for table, count in rows.items()))
    print(f"COPY of the same rows    {copied:>9,} rows/s   1.00")
    print(f"ingest, new              {first['rows_per_second']:>9,} rows/s   {ratio:.2f}  peak {first['peak_mb']} MB")
    print(f"ingest, known already    {again['lines_per_second']:>9,} lines/s        peak {again['peak_mb']} MB")
    print(f"goal: at most {GOAL_MB} MB")


if __name__ == "__main__":
    main()
