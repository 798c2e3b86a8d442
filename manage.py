#!/usr/bin/env python
"""Django's command line for the office; starts the embedded servers where no others are named."""

import os
import sys

#: commands that need no database and no broker
_NO_SERVERS = {
    "help",
    "version",
    "--help",
    "--version",
    "makemessages",
    "compilemessages",
    "collectstatic",
    "check",
}


def main() -> None:
    """Run one command, with servers while it runs; `up` must own its servers."""
    is_production = os.environ.get("OFFICE_ENV") == "production"
    os.environ.setdefault(
        "DJANGO_SETTINGS_MODULE", "omegaoffice.settings" if is_production else "omegaoffice.dev.settings"
    )
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    if is_production or command in _NO_SERVERS:
        execute_from_command_line(sys.argv)
        return
    from omegaoffice.dev.embedded.errors import EmbeddedError  # noqa: PLC0415  not for production
    from omegaoffice.dev.local_servers import local_servers  # noqa: PLC0415

    try:
        with local_servers(own=command == "up"):
            execute_from_command_line(sys.argv)
    except EmbeddedError as error:
        sys.exit(f"Servers: {error}")


if __name__ == "__main__":
    main()
