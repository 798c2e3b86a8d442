"""Write the log as static files to the configured storage; exit 1 when the log is not what was signed, 2 otherwise."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError

from audit import shelves, sides
from audit.errors import CannotCheckError, PublishError, TamperedError
from audit.services import publish_log

#: folders of the storage: the first may be open to anybody; the second also holds the entries, and is for auditors
PUBLIC, WHOLE = "log", "log-entries"


class Command(BaseCommand):
    help = f"Write checkpoint and tiles to the folder {PUBLIC} of the storage, in the layout of C2SP tlog-tiles."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--entries",
            action="store_true",
            help=f"write the entries as well, to the folder {WHOLE}: pseudonymous personal data, for auditors alone",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        folder = WHOLE if options["entries"] else PUBLIC
        try:
            with sides.acting("auditor"):
                done = publish_log(shelves.configured(folder), entries=options["entries"], progress=self._progress)
        except TamperedError as error:
            self._stop(1, f"TAMPERED: {error}")
        except (PublishError, CannotCheckError) as error:
            self._stop(2, str(error))
        except DatabaseError as error:
            self._stop(2, f"The database answered {type(error).__name__}.")
        else:
            self.stdout.write(
                f"Published in {folder}: size {done.size}, before {done.before}; {done.files} files written."
            )

    def _progress(self, files: int) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r{files:,} files written", ending="")

    def _stop(self, code: int, sentence: str) -> None:
        self.stderr.write(sentence)
        sys.exit(code)
