"""Processes that read stretches of the log again, each on a core of its own: starts them, hears what they found."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from .errors import CannotCheckError
from .holders import Rules
from .reread import Fault, Stretch

MOST = 4
_READ = "from audit.reread import run; run()"
_SOURCES = Path(__file__).resolve().parent.parent


def _environment() -> dict[str, str]:
    # What libpq reads, and nothing of ours: no key, no other side's password.
    kept = {name: value for name, value in os.environ.items() if name.startswith("PG") or name in {"PATH", "HOME"}}
    return {**kept, "PYTHONPATH": str(_SOURCES)}


class Readers:
    """As many processes as there are cores, which take the stretches in turn; ended when the block ends.

    `connect` is what psycopg takes; `snapshot` the name of an exported one, so that all see the same rows; `rules`
    say whose keys encrypt which event's fields.
    """

    def __init__(self, connect: Mapping[str, Any], snapshot: str, stretches: Sequence[Stretch], rules: Rules) -> None:
        self._processes: list[subprocess.Popen[str]] = []
        count = min(os.cpu_count() or 1, MOST)
        self._shares = [stretches[number::count] for number in range(count)]
        self._connect = {name: value for name, value in connect.items() if isinstance(value, str | int)}
        self._snapshot, self._rules = snapshot, rules

    def __enter__(self) -> Self:
        for share in self._shares:
            process = subprocess.Popen(
                [sys.executable, "-c", _READ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=_environment(),
            )
            self._processes.append(process)
            spelt = [(str(low), str(high)) for low, high in share]
            order = {
                "connect": self._connect,
                "snapshot": self._snapshot,
                "rules": self._rules,
                "stretches": spelt,
            }
            # The password goes by the pipe: arguments and environment are for others to see. A process that has
            # ended by now is noticed when its answers are missing.
            if process.stdin is not None:
                with contextlib.suppress(BrokenPipeError), process.stdin as pipe:
                    pipe.write(json.dumps(order) + "\n")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes:
            process.kill()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()

    def answers(self) -> Iterator[tuple[int, Fault | None]]:
        """Yield entries and first fault of every stretch; CannotCheckError when a process ends before its last."""
        for process, share in zip(self._processes, self._shares, strict=True):
            for _ in share:
                said = json.loads((process.stdout and process.stdout.readline()) or '"it ended"')
                if isinstance(said, str):
                    raise CannotCheckError(f"A process that reads the log stopped: {said}.")
                count, fault = said
                yield count, Fault(*fault) if fault else None
