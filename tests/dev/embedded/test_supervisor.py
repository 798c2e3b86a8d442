"""The supervisor: children that are started again when they end, and stop together."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import pytest

from omegaoffice.dev.embedded.supervisor import Child, supervise
from tests.dev.embedded.conftest import PROJECT

# Each script says its own process id first, so that a test can see whether it is left.
HELLO = "import os, signal, sys, time; print('pid', os.getpid(), flush=True); "
SLEEPER = HELLO + "time.sleep(60)"
POLITE = HELLO + "signal.signal(15, lambda *_: (print('bye', flush=True), sys.exit(0))); time.sleep(60)"
DEAF = "import signal; signal.signal(15, signal.SIG_IGN); " + SLEEPER
PARENT = (
    "import subprocess, sys; "
    "print('pid', subprocess.Popen([sys.executable, '-c', 'import signal, time; "
    "signal.signal(15, signal.SIG_IGN); time.sleep(60)']).pid, flush=True); " + SLEEPER
)

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start supervisors in processes of their own; none is left at the end."""
    made: list[subprocess.Popen[str]] = []

    def run(*pairs: str, grace: float = 5.0) -> subprocess.Popen[str]:
        command = [sys.executable, str(Path(__file__).with_name("supervising.py")), str(grace), *pairs]
        environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
        made.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment))
        return made[-1]

    yield run
    for process in made:
        process.kill()
        process.communicate()


def pids(process: subprocess.Popen[str], count: int) -> list[int]:
    """The ids that the first `count` lines with one name."""
    assert process.stdout is not None
    found: list[int] = []
    while len(found) < count:
        line = process.stdout.readline()
        assert line, "the supervisor has ended"
        if "| pid " in line:
            found.append(int(line.split()[-1]))
    return found


def alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def all_gone(ids: list[int], seconds: float = 5.0) -> bool:
    """Whether all of them end within `seconds`."""
    deadline = time.monotonic() + seconds
    while any(alive(pid) for pid in ids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_output_is_passed_on_line_by_line_under_the_name_of_its_child() -> None:
    out = StringIO()
    script = "import os, sys; print(os.environ['LETTER'], 'é'); sys.stderr.write('no end')"
    children = [
        Child("web", [sys.executable, "-c", script], env={"LETTER": "w"}),
        Child("worker", [sys.executable, "-c", "import time; time.sleep(60)"]),
    ]
    assert supervise(children, out=out) == 0
    lines = out.getvalue().splitlines()
    once = ["web    | w é", "web    | no end"]
    again = "up     | web ended with 0; started again"
    assert lines[:3] == [*once, again]
    assert lines == [*once, again] * 3 + [
        *once,
        "up     | web ended with 0 for the 4th time in a minute; stopping worker",
    ]


def test_much_output_and_endless_lines_do_not_stall() -> None:
    out = StringIO()
    script = "import sys; sys.stdout.write('x' * 1_000_000 + '\\n' + 'y\\n' * 50_000)"
    assert supervise([Child("web", [sys.executable, "-c", script])], out=out) == 0
    assert out.getvalue().count("x") == 4 * 1_000_000
    assert out.getvalue().count("| y\n") == 4 * 50_000


def test_one_that_keeps_dying_stops_all_with_its_code(start: Start) -> None:
    process = start("worker", POLITE, "web", HELLO + "time.sleep(0.3); sys.exit(7)")
    ids = pids(process, 5)
    rest, _ = process.communicate(timeout=20)
    assert process.returncode == 7
    assert "web ended with 7 for the 4th time in a minute; stopping worker" in rest
    assert "worker | bye" in rest
    assert all_gone(ids)


def test_one_that_is_killed_is_started_again_and_the_others_stay(start: Start) -> None:
    process = start("web", SLEEPER, "worker", SLEEPER)
    first, second = pids(process, 2)
    os.kill(first, signal.SIGKILL)
    (again,) = pids(process, 1)
    assert again not in {first, second}
    assert alive(again)
    assert alive(second)
    for _ in range(2):
        os.kill(again, signal.SIGKILL)
        (again,) = pids(process, 1)
    os.kill(again, signal.SIGKILL)
    rest, _ = process.communicate(timeout=20)
    assert process.returncode == 137
    # Which of the two said its number first is chance.
    assert "ended with 137 for the 4th time in a minute; stopping" in rest
    assert all_gone([first, second, again])


def test_ends_are_counted_by_child_and_for_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    from omegaoffice.dev.embedded import supervisor

    monkeypatch.setattr(supervisor, "_RESTARTS_WITHIN", 0.0)  # what ended before is long ago
    told = iter([None] * 200)
    out = StringIO()
    children = [Child("web", [sys.executable, "-c", ""])]

    def enough() -> str | None:
        return "postgres" if out.getvalue().count("started again") > 5 else next(told)

    assert supervise(children, out=out, watch=enough) == 1


def test_one_started_again_goes_with_a_killed_supervisor(start: Start) -> None:
    process = start("web", DEAF, grace=0.3)
    (first,) = pids(process, 1)
    os.kill(first, signal.SIGKILL)
    (again,) = pids(process, 1)
    process.kill()
    process.wait()
    assert all_gone([first, again])


def test_a_command_that_does_not_exist_is_named_and_the_others_end(tmp_path: Path) -> None:
    mark = str(tmp_path)
    children = [Child("web", [sys.executable, "-c", SLEEPER, mark]), Child("worker", ["/no/such/command"])]
    with pytest.raises(FileNotFoundError, match="/no/such/command"):
        supervise(children, out=StringIO())
    running = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it ended meanwhile
            running += [path] if mark.encode() in path.read_bytes() else []
    assert running == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_all_gracefully(start: Start, number: signal.Signals) -> None:
    process = start("web", POLITE, "worker", POLITE)
    ids = pids(process, 2)
    time.sleep(0.1)
    process.send_signal(number)
    rest, _ = process.communicate(timeout=10)
    assert process.returncode == 0
    assert rest.count("| bye") == 2
    assert all_gone(ids)


def test_who_does_not_stop_is_killed_after_the_grace(start: Start) -> None:
    process = start("web", DEAF, "worker", SLEEPER, grace=0.3)
    ids = pids(process, 2)
    process.send_signal(signal.SIGTERM)
    rest, _ = process.communicate(timeout=10)
    assert "web does not stop: killed" in rest
    assert process.returncode == 0
    assert all_gone(ids)


def test_a_second_signal_does_not_wait(start: Start) -> None:
    process = start("web", DEAF, grace=60)
    ids = pids(process, 1)
    process.send_signal(signal.SIGINT)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=10)
    assert all_gone(ids)


def test_what_a_child_left_behind_goes_with_it(start: Start) -> None:
    process = start("web", PARENT)
    ids = pids(process, 2)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=10)
    assert all_gone(ids)


def test_a_killed_supervisor_leaves_nobody_not_even_the_deaf_and_the_grandchildren(start: Start) -> None:
    process = start("web", SLEEPER, "worker", DEAF, "beat", PARENT, grace=0.3)
    ids = pids(process, 4)
    process.kill()
    process.wait()
    assert all_gone(ids)


def test_children_are_direct_and_run_in_groups_of_their_own(start: Start) -> None:
    process = start("web", SLEEPER)
    (pid,) = pids(process, 1)
    assert Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1] == str(process.pid)
    assert os.getpgid(pid) == pid


def test_what_is_watched_stops_all_when_it_ends() -> None:
    out = StringIO()
    told = iter([None, None, "postgres"])
    children = [Child("web", [sys.executable, "-c", POLITE])]
    assert supervise(children, out=out, watch=lambda: next(told)) == 1
    assert "postgres ended; stopping web" in out.getvalue()


def test_signal_handlers_are_given_back() -> None:
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGCHLD)
    supervise([Child("web", [sys.executable, "-c", ""])], out=StringIO())
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGCHLD)) == before
