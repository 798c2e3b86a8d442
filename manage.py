#!/usr/bin/env python
"""Django's command line for the office; starts the embedded servers where no others are named."""

import os
import sys

#: commands that ask no server anything
_ALONE = {"help", "version", "--help", "--version", "makemessages", "compilemessages", "collectstatic"}


def main() -> None:
    """Run one command, with servers for its time."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "omegaoffice.settings")
    from omegaoffice.local_servers import local_servers  # noqa: PLC0415  the path comes with the package

    from django.core.management import execute_from_command_line  # noqa: PLC0415

    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    # `up` owns the servers that it starts, and says so itself.
    if command in _ALONE or command == "up" or os.environ.get("RUN_MAIN"):
        execute_from_command_line(sys.argv)
        return
    with local_servers():
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
