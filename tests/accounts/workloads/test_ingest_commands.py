"""The commands: a made-up platform written, taken in, counted; memory flat."""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.workloads.models import WorkloadsDailyTotal
from core import db

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def demo(tmp_path, user):
    def demo(lines, **options):
        path = tmp_path / "streams.jsonl"
        call_command("demo_data", str(path), lines=lines, account=[user.id], **options)
        return path

    return demo


def test_the_same_seed_gives_the_same_bytes(demo):
    first = demo(500, seed=7, until=None, broken=0.1).read_bytes()
    assert demo(500, seed=7, broken=0.1).read_bytes() == first
    assert demo(500, seed=8, broken=0.1).read_bytes() != first


def test_made_up_streams_have_every_kind_and_are_all_kept(demo, user, capsys):
    path = demo(2000, seed=1)
    kinds = Counter(json.loads(text)["stream"] for text in path.read_text().splitlines())
    assert set(kinds) == {"apps", "automations", "commands", "logs", "metrics", "runs", "transfers", "usage", "weblog"}
    call_command("ingest", str(path))
    assert "2,000 lines, 2,000 new, 0 known already, 0 set aside" in capsys.readouterr().out
    with db.use_role("worker"):
        assert WorkloadsDailyTotal.objects.filter(stream="logs").count() > 10


def test_broken_lines_are_reported_with_number_and_reason(demo, tmp_path, capsys):
    path = demo(2000, seed=1, broken=0.05)
    broken = int(re.search(r"([\d,]+) of them", capsys.readouterr().err).group(1))
    call_command("ingest", str(path), report=str(tmp_path / "aside.txt"))
    out = capsys.readouterr().out
    assert f"{broken} set aside" in out
    assert re.search(r"^line \d+: \w+", out, re.MULTILINE)
    rows = [text.split("\t") for text in (tmp_path / "aside.txt").read_text().splitlines()]
    assert len(rows) == broken
    assert all(int(number) and rule for number, _field, rule in rows)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["ingest", "/nowhere/at/all"], "No such file"),
        (["ingest", "/dev/null", "--stream", "weather"], "no such stream"),
        (["demo_data", "/nowhere/at/all"], "No such file"),
        (["demo_data", "-", "--lines", "-1"], "0 or more"),
        (["demo_data", "-", "--broken", "2"], "share from 0 to 1"),
        (["demo_data", "-", "--account", "layla"], "invalid UUID value: 'layla'"),
        (["demo_data", "-", "--until", "tomorrow"], "YYYY-MM-DD"),
    ],
)
def test_bad_arguments_are_refused_with_a_sentence(office, arguments, sentence):
    with pytest.raises(CommandError, match=sentence):
        call_command(*arguments)


def _ingest_apart(path):
    """Run the command in a process of its own, since memory is what is measured; return its last line."""
    done = subprocess.run(
        [sys.executable, "manage.py", "ingest", str(path)],
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()[-1]


@pytest.mark.long
def test_memory_stays_flat_and_the_same_file_adds_nothing(demo, capsys):
    lines, megabytes = 1_000_000, 215
    path = demo(lines, seed=3, broken=0.01)
    broken = int(re.search(r"([\d,]+) of them", capsys.readouterr().err).group(1).replace(",", ""))
    first, again = _ingest_apart(path), _ingest_apart(path)
    assert f"{lines:,} lines, {lines - broken:,} new, 0 known already, {broken:,} set aside" in first
    assert f"{lines:,} lines, 0 new, {lines - broken:,} known already, {broken:,} set aside" in again
    for output in (first, again):
        assert int(re.search(r"peak memory (\d+) MB", output).group(1)) < megabytes
