#!/usr/bin/env python
"""Django's command line for the office; starts the embedded servers where no others are named."""

import os
import sys

#: commands that ask no server anything
_ALONE = {"help", "version", "--help", "--version", "makemessages", "compilemessages", "collectstatic", "check"}


def main() -> None:
    """Run one command, with servers for its time; `up` owns the servers that it starts."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "omegaoffice.settings")
    from omegaoffice.embedded.errors import EmbeddedError  # noqa: PLC0415  the path comes with the package
    from omegaoffice.local_servers import local_servers  # noqa: PLC0415

    from django.core.management import execute_from_command_line  # noqa: PLC0415

    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    if command in _ALONE:
        execute_from_command_line(sys.argv)
        return
    try:
        with local_servers(own=command == "up"):
            execute_from_command_line(sys.argv)
    except EmbeddedError as error:
        sys.exit(f"Servers: {error}")


if __name__ == "__main__":
    main()
