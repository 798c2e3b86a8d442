"""Processes that hold servers, started and ended by the tests."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from omegaoffice.dev.local_servers import servers

PROJECT = Path(__file__).resolve().parents[3]


class Holder:
    """A running `holder.py`."""

    def __init__(self, root: Path, *flags: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("holder.py")), str(root), *flags],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(PROJECT)},
        )

    def ready(self) -> list[str]:
        """Wait until its servers answer; the names of those it owns."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(self.process.communicate(timeout=30)[1])
        answer: dict[str, Any] = json.loads(line)
        return list(answer["owned"])

    def leave(self) -> str:
        """End its block; what it said on stderr."""
        return self.process.communicate("\n", timeout=60)[1]

    def kill(self) -> None:
        """kill -9, and reap it."""
        self.process.kill()
        self.process.communicate(timeout=30)


@pytest.fixture
def hold() -> Iterator[Callable[..., Holder]]:
    """Start holders; those still running at the end are killed, and with them their servers."""
    made: list[Holder] = []
    roots: set[Path] = set()

    def start(root: Path, *flags: str) -> Holder:
        roots.add(root)
        made.append(Holder(root, *flags))
        return made[-1]

    yield start
    for holder in made:
        if holder.process.poll() is None:
            holder.kill()
    for root in roots:  # a start after a kill tidies up what was left; so does this
        with servers(root, fsync=False, own=True):
            pass
