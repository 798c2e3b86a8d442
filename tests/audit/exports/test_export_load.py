"""A million entries exported while eight writers append: complete, verified, in little memory; how far it slows them.

AUDIT_LOAD_ENTRIES sets another number. Prints what it measured (`-s`).
"""

import json
import os
import re
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from django.db import connections
from django.utils import timezone

from audit.exports.models import Export
from audit.log.actors import machine
from audit.log.append import append
from core import db
from tests.audit.exports.bundles import COUNTED, fill, grow, logged, prepare, verify_path

pytestmark = pytest.mark.long
ROOT = Path(__file__).resolve().parents[3]
ENTRIES = int(os.environ.get("AUDIT_LOAD_ENTRIES", "1000000"))
WRITERS, CALM_SECONDS, MOST_MB = 8, 10, 150
_PEAK = re.compile(r"VmHWM:\s+(\d+) kB")


class Writers:
    """Eight threads that append one entry in a transaction each, at a pace, and note how long each took."""

    def __init__(self):
        self.times = []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._write) for _ in range(WRITERS)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error):
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _write(self):
        payload = {"number": 1, "case": None}
        while not self._stop.wait(0.02):
            began = time.perf_counter()
            with db.use_role("worker"), db.atomic():
                append(COUNTED, actor=machine("t"), subject=None, now=timezone.now(), payload=payload)
            self.times.append((time.perf_counter() - began) * 1000)
        connections.close_all()


def p99(times):
    return statistics.quantiles(times, n=100)[98]


def run_command(folder, env):
    """Run the export in a process of its own; return its last line and its peak memory in MB."""
    command = [sys.executable, "-W", "ignore", "manage.py", "audit_export", "--out", str(folder)]
    process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    peak = 0
    while process.poll() is None:
        status = Path(f"/proc/{process.pid}/status")
        found = _PEAK.search(status.read_text()) if status.exists() else None
        peak = max(peak, int(found[1]) // 1024 if found else 0)
        time.sleep(0.2)
    output = process.stdout.read()
    process.stdout.close()
    assert process.returncode == 0, output
    return output, peak


def test_a_million_entries_under_load(office, settings, tmp_path, monkeypatch):
    prepare(settings, tmp_path, monkeypatch)
    fill(ENTRIES, timezone.now())
    grow(timezone.now())
    env = {**os.environ, "OFFICE_FILES": str(tmp_path / "files"), "AUDIT_CHECKPOINT_DIR": str(tmp_path / "checkpoints")}
    with Writers() as writers:
        time.sleep(CALM_SECONDS)
        before, writers.times = writers.times, []
        began = time.monotonic()
        output, peak = run_command(tmp_path / "out", env)
        seconds = time.monotonic() - began
        busy, writers.times = writers.times, []
        time.sleep(CALM_SECONDS)
        # Before and after, so that whatever else the machine does meanwhile counts on both sides.
        calm = before + writers.times
    (archive,) = (tmp_path / "out").iterdir()
    began = time.monotonic()
    code, report = verify_path(archive)
    checked = time.monotonic() - began
    figures = {
        "entries": ENTRIES,
        "archive_mb": round(archive.stat().st_size / 1e6, 1),
        "seconds": round(seconds, 1),
        "entries_a_second": round(ENTRIES / seconds),
        "peak_mb": peak,
        "verify_seconds": round(checked, 1),
        "appends": [len(calm), len(busy)],
        "writers_p50_ms": [round(statistics.median(times), 2) for times in (calm, busy)],
        "writers_p99_ms": [round(p99(times), 2) for times in (calm, busy)],
        "writers_p99_ratio": round(p99(busy) / p99(calm), 2),  # goal 2; a figure, as a busy machine decides it too
        "load_average": os.getloadavg()[0],
    }
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")
    assert code == 0, report
    with db.use_role("auditor"):
        export = Export.objects.get()
    assert export.done == export.expected == export.checkpoint_size == ENTRIES
    assert f"{ENTRIES:,}" in output
    assert len(busy) > WRITERS
    assert peak < MOST_MB
    assert len(logged("audit.export.finished")) == 1
