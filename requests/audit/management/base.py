"""The base of the log's commands: exit 1 where the log is not what was signed, 2 where the command cannot work."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand
from django.db import DatabaseError

from audit.errors import LogError, TamperedError
from core import db


class LogCommand(BaseCommand):
    """Turns errors of the log and of the database into exit codes."""

    @contextmanager
    def run_as(self, role: str, *, tampered: str = "TAMPERED: ", failed: str = "") -> Iterator[None]:
        """Run the block with a database role; the prefixes precede the sentences of exit 1 and exit 2."""
        try:
            with db.use_role(role):
                yield
        except TamperedError as error:
            self.stop(1, f"{tampered}{error}")
        except (LogError, ImproperlyConfigured) as error:
            self.stop(2, f"{failed}{error}")
        except DatabaseError as error:
            self.stop(2, f"{failed}The database answered {type(error).__name__}.")

    def stop(self, code: int, sentence: str) -> NoReturn:
        """Write the sentence to the error stream and exit."""
        self.stderr.write(sentence)
        sys.exit(code)

    def show_progress(self, text: str) -> None:
        """Show progress on one line of a terminal."""
        if self.stderr.isatty():
            self.stderr.write(f"\r{text}", ending="")
