"""Child processes: as whom they run, and the signal they get when the thread that started them ends."""

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .errors import EmbeddedError

NOBODY: Final = 65534
CAPABILITY: Final = "dac_read_search"
#: The kernel sends nothing to a child whose parent died before the child asked for the signal.
_UNLESS_ORPHANED: Final = '[ "$PPID" = "$0" ] && exec "$@"'


def child_process(command: Sequence[str], death_signal: signal.Signals, *, setpriv: Sequence[str] = ()) -> list[str]:
    """Return `command`, run with options of `setpriv` so that it gets `death_signal` when the calling *thread* ends.

    The process id stays that of the command. A system without setpriv leaves it to the watchdog to end children.
    """
    if shutil.which("setpriv") is None:
        return list(command)
    name = death_signal.name.removeprefix("SIG")
    return ["setpriv", *setpriv, "--pdeathsig", name, "sh", "-c", _UNLESS_ORPHANED, str(os.getpid()), *command]


@dataclass(frozen=True, slots=True)
class ServerUser:
    """The user that server processes run as: ourselves (`uid` is None) or, for root, an unprivileged one.

    `reads_anywhere` adds the one capability that lets this user pass folders closed to it (a project under a
    0700 /root), so that no folder's permissions need loosening.
    """

    uid: int | None = None
    reads_anywhere: bool = False

    def command(self, command: Sequence[str], death_signal: signal.Signals) -> list[str]:
        """Return the full argument list of a child process."""
        return child_process(command, death_signal, setpriv=self._options())

    def can_run(self, command: Sequence[str]) -> bool:
        """Whether `command` ends with 0 for this user; nothing is shown."""
        # By way of `env`: setpriv itself still has root's rights when it looks for the command.
        full = list(command) if self.uid is None else ["setpriv", *self._options(), "env", *command]
        done = subprocess.run(full, stdin=subprocess.DEVNULL, capture_output=True, check=False, cwd="/")
        return done.returncode == 0

    def own(self, path: Path) -> None:
        """Make this user the owner of `path` and all in it; raise EmbeddedError where only root could."""
        if path.lstat().st_uid == (os.geteuid() if self.uid is None else self.uid):
            return
        if self.uid is None:
            raise EmbeddedError(f"{path} belongs to another user: run this command as the user who made it.")
        for each in (path, *path.rglob("*")):
            os.chown(each, self.uid, self.uid, follow_symlinks=False)

    def _options(self) -> list[str]:
        if self.uid is None:
            return []
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
        return ["--reuid", str(self.uid), "--regid", str(self.uid), "--clear-groups", *capability, "--no-new-privs"]


def server_users() -> list[ServerUser]:
    """Return the users to try, the one with the fewest rights first."""
    if os.geteuid() != 0:
        return [ServerUser()]
    if shutil.which("setpriv") is None:
        raise EmbeddedError(
            "PostgreSQL refuses to run as root, and setpriv, which changes the user, is not here: "
            "install it (package util-linux), or run as an ordinary user."
        )
    return [ServerUser(NOBODY), ServerUser(NOBODY, reads_anywhere=True)]
