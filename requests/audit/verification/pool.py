"""Worker processes that read ranges of the log again, one a core."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from audit.errors import CannotCheckError
from audit.log.disclosure_holders import Rules

from .worker import Discrepancy, IdRange

MOST = 4
_RUN = "from audit.verification.worker import run; run()"
_SOURCES = Path(__file__).resolve().parents[2]
_Results = Iterator[tuple[int, Discrepancy | None]]


@contextmanager
def worker_pool(
    connect: Mapping[str, Any], snapshot: str, ranges: Sequence[IdRange], rules: Rules
) -> Iterator[_Results]:
    """Start as many processes as there are cores, MOST at most, and kill them when the block ends.

    `connect` are psycopg's parameters; `snapshot` is the name of an exported one, so that all see the same rows;
    `rules` say whose keys encrypt which event's fields. Yields an iterator over entries and first difference of every
    range; it raises CannotCheckError when a process ends too early.
    """
    # What libpq reads, and nothing of ours: no key, no other role's password.
    environment = {name: text for name, text in os.environ.items() if name.startswith("PG") or name in {"PATH", "HOME"}}
    order = {"connect": {name: value for name, value in connect.items() if isinstance(value, str | int)}}
    count = min(os.cpu_count() or 1, MOST)
    shares = [ranges[number::count] for number in range(count)]
    processes = []
    with ExitStack() as stack:
        for share in shares:
            process = subprocess.Popen(
                [sys.executable, "-c", _RUN],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env={**environment, "PYTHONPATH": str(_SOURCES)},
            )
            stack.callback(_kill, process)
            processes.append(process)
            # The password goes through the pipe: others can read arguments and environment. A process that has ended
            # by now is noticed when its results are missing.
            if process.stdin is not None:
                with suppress(BrokenPipeError), process.stdin as pipe:
                    texts = [(str(low), str(high)) for low, high in share]
                    pipe.write(json.dumps({**order, "snapshot": snapshot, "rules": rules, "ranges": texts}) + "\n")
        yield (result for process, share in zip(processes, shares, strict=True) for result in _results(process, share))


def _kill(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _results(process: "subprocess.Popen[str]", share: Sequence[IdRange]) -> _Results:
    for _ in share:
        result = json.loads((process.stdout and process.stdout.readline()) or '"it ended"')
        if isinstance(result, str):
            raise CannotCheckError(f"A process that reads the log stopped: {result}.")
        count, fault = result
        yield count, Discrepancy(*fault) if fault else None
