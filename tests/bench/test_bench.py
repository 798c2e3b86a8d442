"""The benchmarks run; what they measure is for `make bench` to say."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


def run_script(script, *arguments):
    """Run one with servers of its own: on ours, its migrations would give our database roles other passwords."""
    ours = ("OFFICE_", "DATABASE_", "BROKER_", "VAULT_", "DJANGO_")
    done = subprocess.run(
        [sys.executable, f"bench/{script}", "--json", *arguments],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith(ours)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def run_bench(*parts):
    report = run_script("log.py", "--quick", "--only", "chain", "--parts", *parts)
    assert report["machine"]["before"]["fsync"] == "on"
    return {row["name"]: row for row in report["rows"]}


@pytest.mark.long
def test_the_bench_of_appending_reports_each_goal():
    rows = run_bench("append")
    assert {"median", "low", "high", "rounds"} <= rows["office 0, 8 writers"]["ratio"].keys()
    assert rows["office 4, 1 writer"]["goal"] == 0.55
    assert "chain, locked head row, 8 writers" in rows


@pytest.mark.long
@pytest.mark.parametrize(
    ("script", "arguments"),
    [
        ("bundle.py", ["--entries", "2000", "--rounds", "1"]),
        ("access.py", ["--grants", "50", "100", "--reads", "20", "--rounds", "1"]),
        ("gate.py", ["--grants", "200", "--reads", "20"]),
        ("ingest.py", ["--lines", "2000"]),
        ("reads.py", ["--reads", "2000", "--rounds", "1"]),
        ("pages.py", ["--entries", "20000", "--rounds", "4"]),
        ("erasing.py", ["--records", "2000", "--rounds", "1"]),
        ("packages.py", ["--records", "2000", "--rounds", "1"]),
        ("sweeping.py", ["--expired", "2000", "--seconds", "2", "--rounds", "1"]),
        ("queues.py", ["--cases", "3000", "--rounds", "2"]),
        ("announcing.py", ["--people", "120"]),
        ("accounts.py", ["--ends", "2", "--tokens", "5", "--pages", "2", "--automations", "30"]),
    ],
)
def test_every_other_bench_runs_whole_at_a_small_size(script, arguments):
    assert run_script(script, *arguments)


def test_every_bench_is_run():
    tested = Path(__file__).read_text()
    scripts = [each.name for each in (ROOT / "bench").glob("*.py") if '__name__ == "__main__"' in each.read_text()]
    assert len(scripts) > 7
    assert [name for name in scripts if name not in tested] == []


@pytest.mark.long
def test_the_bench_of_sequencing_and_reading_runs_a_whole_office():
    rows = run_bench("sequence", "read")
    latency = rows["commit to signed checkpoint, p99, 8 writers, worker running"]
    assert latency["entries"] > 0
    assert {row["part"] for row in rows.values()} == {"sequence", "export", "verify"}
