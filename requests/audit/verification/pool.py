"""Worker processes that read ranges of the log again, one a core."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from audit.errors import CannotCheckError
from audit.log.disclosure_holders import Rules

from .worker import Discrepancy, IdRange

MOST = 4
_RUN = "from audit.verification.worker import run; run()"
_SOURCES = Path(__file__).resolve().parents[2]


def _environment() -> dict[str, str]:
    # What libpq reads, and nothing of ours: no key, no other role's password.
    kept = {name: value for name, value in os.environ.items() if name.startswith("PG") or name in {"PATH", "HOME"}}
    return {**kept, "PYTHONPATH": str(_SOURCES)}


class WorkerPool:
    """As many processes as there are cores, MOST at most, killed when the block ends.

    `connect` are psycopg's parameters; `snapshot` the name of an exported one, so that all see the same rows; `rules`
    say whose keys encrypt which event's fields.
    """

    def __init__(self, connect: Mapping[str, Any], snapshot: str, ranges: Sequence[IdRange], rules: Rules) -> None:
        self._processes: list[subprocess.Popen[str]] = []
        count = min(os.cpu_count() or 1, MOST)
        self._shares = [ranges[number::count] for number in range(count)]
        self._connect = {name: value for name, value in connect.items() if isinstance(value, str | int)}
        self._snapshot, self._rules = snapshot, rules

    def __enter__(self) -> Self:
        for share in self._shares:
            process = subprocess.Popen(
                [sys.executable, "-c", _RUN],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=_environment(),
            )
            self._processes.append(process)
            order = {
                "connect": self._connect,
                "snapshot": self._snapshot,
                "rules": self._rules,
                "ranges": [(str(low), str(high)) for low, high in share],
            }
            # The password goes through the pipe: others can read arguments and environment. A process that has ended
            # by now is noticed when its results are missing.
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

    def results(self) -> Iterator[tuple[int, Discrepancy | None]]:
        """Yield entries and first difference of every range; CannotCheckError when a process ends too early."""
        for process, share in zip(self._processes, self._shares, strict=True):
            for _ in share:
                result = json.loads((process.stdout and process.stdout.readline()) or '"it ended"')
                if isinstance(result, str):
                    raise CannotCheckError(f"A process that reads the log stopped: {result}.")
                count, fault = result
                yield count, Discrepancy(*fault) if fault else None
