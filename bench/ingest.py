"""Lines a second and peak memory of `manage.py ingest`, on a database of its own: bench/ingest.py [--lines N] [--json].

Beside it, in the same run: what the same bytes cost psql's COPY into a bare table (1.00), which parses, checks, seals,
counts and logs nothing.
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
_FIGURES = re.compile(r"([\d,]+) lines/s, peak memory (\d+) MB")


def _manage(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "manage.py", *arguments], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def _bare_copy(path: Path) -> float:
    """Return lines a second of COPY of the same bytes into a table of one column, with fsync as configured."""
    import psycopg

    with psycopg.connect(os.environ["DATABASE_URL"]) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_copy (line text)")
        began, lines = time.monotonic(), 0
        with (
            path.open("rb") as file,
            cursor.copy("COPY bench_copy FROM STDIN (FORMAT csv, DELIMITER E'\\x01', QUOTE E'\\x02')") as copy,
        ):
            for line in file:
                if b"\0" not in line and b"\xff" not in line:
                    copy.write(line)
                lines += 1
        connection.commit()
        seconds = time.monotonic() - began
        cursor.execute("DROP TABLE bench_copy")
    return lines / seconds


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
            found = {"lines": options.lines, "bytes": path.stat().st_size, "copy": round(_bare_copy(path))}
            for name in ("first", "again"):
                said = _manage("ingest", str(path)).splitlines()[-1]
                speed, peak = _FIGURES.search(said).groups()  # type: ignore[union-attr]
                found[name] = {"lines_per_second": int(speed.replace(",", "")), "peak_mb": int(peak), "said": said}
    if options.json:
        print(json.dumps(found))
        return
    print(f"{options.lines:,} lines, {found['bytes'] / 1e6:,.0f} MB, {options.broken:.0%} broken")
    print(f"bare COPY of the bytes   {found['copy']:>9,} lines/s  1.00")
    for name in ("first", "again"):
        figures = found[name]
        ratio = figures["lines_per_second"] / found["copy"]
        print(
            f"ingest, {name:<16} {figures['lines_per_second']:>9,} lines/s  {ratio:.2f}  peak {figures['peak_mb']} MB"
        )


if __name__ == "__main__":
    main()
