"""Parts 3 and 4: export a stretch of the log, and verify it, in the database and from a bundle."""

import os
import shlex
import shutil
import subprocess
import sys
import tarfile
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from .filling import fill, settle
from .rounds import Row
from .scratch import ROOT, in_office

GOAL_EXPORT = 0.70
GOAL_MEMORY = 120
GOAL_VERIFY = 1.3
GOAL_BUNDLE = 10
GOAL_HASHES = 4
#: django-import-export holds every row at once
IMPORT_EXPORT_ROWS = 50_000
_COLUMNS = "id, time, actor, event, outcome, subject, case_ref, leaf"


def timed(command: list[str]) -> tuple[float, float, int, str]:
    """Return seconds, processor seconds, peak memory in MB and standard output; RuntimeError when it fails."""
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    said = process.stdout.read().decode() if process.stdout else ""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command[:4])} ended with {process.returncode}")
    return time.perf_counter() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024, said


def _manage(*words: str) -> list[str]:
    return [sys.executable, "-W", "ignore", "manage.py", *words]


def _psql() -> list[str]:
    from omegaoffice.dev.embedded.postgres import Postgres

    url = urlsplit(os.environ["DATABASE_URL"])
    os.environ["PGPASSWORD"] = unquote(url.password or "")  # for psql, whose arguments are for others to see
    bare = urlunsplit(url._replace(netloc=f"{url.username}@{url.netloc.rpartition('@')[2]}"))
    return [str(Postgres.binaries() / "bin" / "psql"), "-q", bare, "-o", "/dev/null", "-c"]


def _unpacked(archive: Path) -> Path:
    """Unpack a bundle as an auditor with zstd at hand would; return its folder."""
    import zstandard

    with archive.open("rb") as file, zstandard.open(file, "rb") as plain, tarfile.open(fileobj=plain, mode="r|") as tar:
        tar.extractall(archive.parent, filter="data")
    return next(path for path in archive.parent.iterdir() if path.is_dir())


def _iterate() -> float:
    """Read every entry by the ORM's own iterator, as a CSV of nobody; return seconds."""
    import csv

    from audit.log.models import Entry
    from core import db

    began = time.perf_counter()
    with db.use_role("auditor"), Path(os.devnull).open("w") as sink:
        writer = csv.writer(sink)
        for entry in Entry.objects.iterator(chunk_size=2000):
            writer.writerow(
                [entry.id, entry.time, entry.actor, entry.event, entry.outcome, entry.subject, entry.case_ref]
            )
    return time.perf_counter() - began


def _import_export(count: int) -> float:
    """Export by django-import-export's resource, as CSV; return seconds."""
    from import_export import resources

    from .peers.models import LoggedEntry

    resource = resources.modelresource_factory(model=LoggedEntry)()
    began = time.perf_counter()
    resource.export(LoggedEntry.objects.all()[:count]).csv  # noqa: B018 a property that does the work
    return time.perf_counter() - began


def measure(*, entries: int, rounds: int, peers: bool) -> list[Row]:
    """Fill a log, then let the exports, the verifications and what they are measured against take turns."""
    found: dict[str, list[float]] = {}
    more: dict[str, dict[str, Any]] = {}

    def note(name: str, seconds: float, peak: int, processor: float | None = None) -> None:
        found.setdefault(name, []).append(seconds)
        about = more.setdefault(name, {})
        about["peak_mb"] = max(about.get("peak_mb", 0), peak)
        if processor is not None:
            # Of the command alone, without the server's: what a busy machine hardly changes.
            about["cpu_s"] = round(min(about.get("cpu_s", processor), processor), 2)

    def run(name: str, command: list[str]) -> str:
        seconds, processor, peak, said = timed(command)
        note(name, seconds, peak, processor)
        return said

    with TemporaryDirectory() as folder:
        leaves = Path(folder) / "leaves"
        with leaves.open("wb") as file:
            fill(entries, leaves=file)
        settle()
        for number in range(rounds):
            run("psql COPY", [*_psql(), f"COPY (SELECT {_COLUMNS} FROM audit_entry) TO STDOUT (FORMAT csv)"])
            out = Path(folder) / f"bundle-{number}"
            said = run("audit_export", _manage("audit_export", "--out", str(out), "--compress", "zstd"))
            run("sha256sum", ["sha256sum", str(leaves)])
            run("audit_verify", _manage("audit_verify"))
            (archive,) = out.iterdir()
            words = shlex.split(next(line for line in said.splitlines() if line.startswith("Verify:")))
            script, _folder, *key = words[words.index("python3") + 1 :]
            check = [sys.executable, script, str(_unpacked(archive)), *key]
            run("verify.py", check)
            run("verify.py --hashes-only", [*check, "--hashes-only"])
            shutil.rmtree(out)
            note("Django .iterator()", *in_office(_iterate))
            if peers:
                os.environ["BENCH_PEERS_URL"] = os.environ["DATABASE_URL"]
                count = min(entries, IMPORT_EXPORT_ROWS)
                seconds, peak = in_office(_import_export, count, settings="logbench.peers.settings")
                note("django-import-export", seconds * entries / count, peak)
    return _rows(found, more, entries)


def _rows(found: dict[str, list[float]], more: dict[str, dict[str, Any]], entries: int) -> list[Row]:
    rows = []
    for name, goal in (
        ("psql COPY", None),
        ("audit_export", GOAL_EXPORT),
        ("Django .iterator()", None),
        ("django-import-export", None),
    ):
        if name in found:
            rates = [entries / seconds for seconds in found[name]]
            ratios = [base / seconds for base, seconds in zip(found["psql COPY"], found[name], strict=True)]
            row = Row("export", f"{name}, {entries:,} entries", "entries/s", rates, "psql COPY", ratios, goal)
            row.more |= more[name]
            rows.append(row)
    peak = Row(
        "export",
        "audit_export, peak memory",
        "MB",
        [more["audit_export"]["peak_mb"]],
        goal=GOAL_MEMORY,
        low_is_good=True,
    )
    rows.append(peak)
    for name, goal in (
        ("sha256sum", None),
        ("audit_verify", GOAL_VERIFY),
        ("verify.py", GOAL_BUNDLE),
        ("verify.py --hashes-only", GOAL_HASHES),
    ):
        ratios = [seconds / base for base, seconds in zip(found["sha256sum"], found[name], strict=True)]
        row = Row(
            "verify", f"{name}, {entries:,} entries", "s", found[name], "sha256sum", ratios, goal, low_is_good=True
        )
        row.more |= more[name]
        rows.append(row)
    return rows
