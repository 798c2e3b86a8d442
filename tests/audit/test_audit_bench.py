"""The benchmarks run; what they measure is for `make bench` to say."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.long
def test_the_bench_of_the_log_runs_and_says_how_far_each_goal_is():
    done = subprocess.run(
        [sys.executable, "bench/log.py", "--quick", "--json", "--only", "chain"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["machine"]["before"]["fsync"] == "on"
    rows = {row["name"]: row for row in said["rows"]}
    assert {"median", "low", "high", "rounds"} <= rows["office 0, 8 writers"]["ratio"].keys()
    assert rows["office 4, 1 writer"]["goal"] == 0.55
    assert "chain, locked head row, 8 writers" in rows
