"""Tie this process to its starter, then become the command: `exec_leashed.py PARENT SIGNAL COMMAND…`."""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1
NOT_FOUND = 127  # what a shell answers


def main(arguments: list[str]) -> None:
    """Become the command; end at once where the starter died before the leash was on."""
    parent, number, *command = arguments
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(number))
        if os.getppid() != int(parent):
            sys.exit(f"{command[0]}: not started, the starter has ended")
    try:
        os.execvp(command[0], command)  # noqa: S606  that is its purpose
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
        sys.exit(NOT_FOUND)


if __name__ == "__main__":
    main(sys.argv[1:])
