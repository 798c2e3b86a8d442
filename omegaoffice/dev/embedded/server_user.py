"""The user that server processes run as."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .errors import EmbeddedError

NOBODY: Final = 65534
CAPABILITY: Final = "dac_read_search"


@dataclass(frozen=True, slots=True)
class ServerUser:
    """The user that server processes run as: ourselves (`uid` is None) or, for root, an unprivileged one.

    `reads_anywhere` adds the one capability that lets this user pass folders closed to it (a project under a
    0700 /root), so that no folder's permissions need loosening.
    """

    uid: int | None = None
    reads_anywhere: bool = False

    def command(self, command: Sequence[str]) -> list[str]:
        """Return the full argument list of a child process; its process id is that of the command."""
        if self.uid is None:
            return list(command)
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
        user = ["--reuid", str(self.uid), "--regid", str(self.uid), "--clear-groups"]
        return ["setpriv", *user, *capability, "--no-new-privs", *command]

    def can_run(self, command: Sequence[str]) -> bool:
        """Whether `command` ends with 0 for this user; nothing is shown."""
        # By way of `env`: setpriv itself still has root's rights when it looks for the command.
        full = self.command(["env", *command])
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
