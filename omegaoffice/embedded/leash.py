"""As whom a server runs, and the leash that ends it when its starter dies, however that dies."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, cast

from omegaoffice.embedded.errors import EmbeddedError

NOBODY: Final = 65534
CAPABILITY: Final = "dac_read_search"
KERNEL_LEASHES: Final = sys.platform == "linux"
_SENTINEL: Final = Path(__file__).with_name("sentinel.py")
_SHIM: Final = Path(__file__).with_name("exec_leashed.py")


def leashed(command: Sequence[str], death_signal: signal.Signals) -> list[str]:
    """`command`, run so that the kernel sends it `death_signal` when the calling *thread* ends (Linux).

    Elsewhere the command runs without one: see `watched_over`. The process id stays that of the command.
    """
    # -I -S: the shim needs nothing but the standard library, and starts in a third of the time.
    return [sys.executable, "-I", "-S", str(_SHIM), str(os.getpid()), str(int(death_signal)), *command]


@contextlib.contextmanager
def watched_over(grace: float, number: signal.Signals) -> Iterator[IO[bytes]]:
    """Start a process that outlives us only to end the process groups whose ids are written here, a line each.

    Should we be killed, each group gets `number`, and after `grace` seconds SIGKILL. The end of the block calls it off.
    """
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", str(_SENTINEL), str(grace), str(int(number))],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        bufsize=0,
        start_new_session=True,
    )
    pipe = cast("IO[bytes]", process.stdin)
    with process:
        try:
            yield pipe
        finally:
            with contextlib.suppress(BrokenPipeError):
                pipe.write(b"done\n")


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs server processes: as ourselves, or, for root, as an unprivileged user.

    `reads_anywhere` adds the one capability that lets this user pass folders closed to it (a project under a
    0700 /root), so that no folder's permissions need loosening.
    """

    uid: int | None = None
    gid: int | None = None
    reads_anywhere: bool = False

    def command(self, command: Sequence[str], death_signal: signal.Signals) -> list[str]:
        """Return the full argument list, leash included."""
        if self.uid is None:
            return leashed(command, death_signal)
        # setpriv must hold the leash itself: the kernel drops it whenever a process changes its user.
        return [*self._setpriv(), "--pdeathsig", death_signal.name.removeprefix("SIG"), *command]

    def can_run(self, command: Sequence[str]) -> bool:
        """Whether `command` ends with 0 for this user; nothing is shown."""
        # By way of `env`: setpriv itself still has root's rights when it looks for the command.
        full = list(command) if self.uid is None else [*self._setpriv(), "env", *command]
        done = subprocess.run(full, stdin=subprocess.DEVNULL, capture_output=True, check=False, cwd="/")
        return done.returncode == 0

    def can_reach(self, folder: Path) -> bool:
        """Whether this user may pass every folder down to `folder`."""
        return self.can_run(["stat", f"{folder}/."])

    def give(self, path: Path) -> None:
        """Make this user the owner of `path` and of all in it, where it is not already."""
        if self.uid is None or self.gid is None:
            return
        for each in (path, *path.rglob("*")):
            os.chown(each, self.uid, self.gid, follow_symlinks=False)

    def owns(self, path: Path) -> bool:
        """Whether `path` belongs to this user (to us, when we run servers as ourselves)."""
        return path.lstat().st_uid == (os.geteuid() if self.uid is None else self.uid)

    def _setpriv(self) -> list[str]:
        capability = (
            [
                f"--inh-caps=-all,+{CAPABILITY}",
                f"--ambient-caps=+{CAPABILITY}",
                f"--bounding-set=-all,+{CAPABILITY}",
                # Or access(2), by which PostgreSQL looks for its files, would answer without it.
                "--securebits=+no_setuid_fixup",
            ]
            if self.reads_anywhere
            else ["--inh-caps=-all"]
        )
        who = ["--reuid", str(self.uid), "--regid", str(self.gid), "--clear-groups"]
        return ["setpriv", *who, *capability, "--no-new-privs"]


def runners() -> list[Runner]:
    """Return the runners to try, the one with the fewest rights first."""
    if os.geteuid() != 0:
        return [Runner()]
    if shutil.which("setpriv") is None:
        raise EmbeddedError(
            "PostgreSQL refuses to run as root, and setpriv, which changes the user, is not here: "
            "install it (package util-linux), or run as an ordinary user."
        )
    return [Runner(NOBODY, NOBODY), Runner(NOBODY, NOBODY, reads_anywhere=True)]
