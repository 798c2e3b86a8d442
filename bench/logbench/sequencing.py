"""Part 2: from the pending queue into the tree, and from the commit to a signed checkpoint."""

import os
import subprocess
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import psycopg

from .crews import Crew
from .filling import fill
from .paths import start_office
from .rounds import Row, percentile
from .scratch import in_office

PART = "sequence"
GOAL = 90_000
GOAL_LATENCY = 2.0
BATCH = 10_000
WRITERS = 8
PATIENCE = 60
_LATENCIES = """
SELECT extract(epoch FROM e.written_at)::float8, l.index FROM audit_entry e JOIN audit_leaf l ON l.entry = e.id
WHERE e.written_at >= %s ORDER BY l.index
"""


def _take_all() -> list[float]:
    """Sequence what is pending; return the seconds of each whole transaction of 10,000."""
    from audit.sequencer.sequence import sign_checkpoint, take_batch
    from core import db

    seconds, place = [], "(0,0)"
    with db.use_role("sequencer"):
        while True:
            began = time.perf_counter()
            taken, place = take_batch(place)
            if not taken:
                break
            if taken == BATCH:
                seconds.append(time.perf_counter() - began)
        sign_checkpoint(datetime.now(UTC))
    return seconds


def _commands() -> list[tuple[list[str], dict[str, str]]]:
    from omegaoffice.dev import processes

    return [(list(child.command), dict(child.env)) for child in (processes.sequencer(), processes.beat())]


def _watch(signed: list[tuple[float, int]], stop: threading.Event) -> None:
    """Note when each new size is signed, by the database's clock, to five milliseconds."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        while not stop.wait(0.005):
            row = connection.execute(
                "SELECT extract(epoch FROM clock_timestamp())::float8, max(size) FROM audit_checkpoint"
            ).fetchone()
            if row and row[1] and (not signed or row[1] > signed[-1][1]):
                signed.append((row[0], row[1]))


def _wait_for(found: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not found() and time.monotonic() < deadline:
        time.sleep(0.1)


def _latency(crew: Crew, seconds: float) -> list[float]:
    """Run the office's own sequencer and scheduler beside writers; return seconds from each commit to its signature."""
    (commands, _) = in_office(_commands)
    processes: list[Any] = []
    signed: list[tuple[float, int]] = []
    stop = threading.Event()
    watcher = threading.Thread(target=_watch, args=(signed, stop))
    try:
        for command, environment in commands:
            given = {**os.environ, "DJANGO_SETTINGS_MODULE": "omegaoffice.dev.settings", **environment}
            processes.append(subprocess.Popen(command, env=given, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        watcher.start()
        crew.run("office 0", 1, 0.2)
        _wait_for(lambda: len(signed) > 1)  # the first is what was signed before; now the processes are at work
        began = datetime.now(UTC)
        crew.run("office 0", WRITERS, seconds)
        last = time.time()
        _wait_for(lambda: signed[-1][0] > last + 2)
    finally:
        stop.set()
        watcher.join()
        for process in processes:
            process.terminate()
            process.wait()
    found, at = [], 0
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        for committed, index in connection.execute(_LATENCIES, [began]).fetchall():
            while at < len(signed) and signed[at][1] <= index:
                at += 1
            if at == len(signed):
                break
            found.append(signed[at][0] - committed)
    return found


def measure(*, entries: int, seconds: float) -> list[Row]:
    """Sequence a backlog idle and under 8 writers, then time what the running worker signs."""
    fill(entries)
    idle, _ = in_office(_take_all)
    fill(entries)
    with Crew(start_office, WRITERS) as crew:
        load = threading.Thread(target=crew.run, args=("office 0", WRITERS, seconds))
        load.start()
        loaded, _ = in_office(_take_all)
        load.join()
        latencies = _latency(crew, seconds)
    rows = []
    for name, found in (("nothing else runs", idle), (f"under {WRITERS} writers", loaded)):
        if found:
            rates = [BATCH / one for one in found]
            rows.append(Row(PART, f"sequence, transactions of 10,000, {name}", "entries/s", rates, goal=GOAL))
    if latencies:
        p99 = percentile(latencies, 0.99)
        rows.append(
            Row(
                PART,
                f"commit to signed checkpoint, p99, {WRITERS} writers, worker running",
                "s",
                [p99],
                goal=GOAL_LATENCY,
                low_is_good=True,
                more={"p50_s": round(percentile(latencies, 0.5), 2), "entries": len(latencies)},
            )
        )
    return rows
