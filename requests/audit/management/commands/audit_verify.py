"""Read the whole log again; exit 0 when all agrees, 1 when something does not, 2 when it cannot be checked."""

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError
from django.utils import timezone

from audit import sides
from audit.actors import machine
from audit.errors import CannotCheckError, TamperedError
from audit.services import verify, verify_and_record


class Command(BaseCommand):
    help = "Read every entry, tile and checkpoint again and name the first thing that does not agree."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--record", action="store_true", help="append a line that says so to the log")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            with sides.acting("auditor"):
                if options["record"]:
                    found = verify_and_record(actor=machine("auditor"), clock=timezone.now, progress=self._progress)
                else:
                    found = verify(self._progress)
        except TamperedError as error:
            self.stderr.write(f"TAMPERED: {error}")
            sys.exit(1)
        except CannotCheckError as error:
            self.stderr.write(f"Cannot check: {error}")
            sys.exit(2)
        except DatabaseError as error:
            self.stderr.write(f"Cannot check: the database answered {type(error).__name__}.")
            sys.exit(2)
        self.stdout.write(
            f"{found.entries} entries agree with the tree ({found.tiles} tiles) and "
            f"with {found.checkpoints} checkpoints; {found.pending} wait for the tree."
        )
        self.stdout.write(f"Checkpoint: size {found.size}, root {found.root.hex()}.")
        if found.apart:
            said = (
                f"{found.apart} entries say a time that is more than a minute from the one at which the database wrote "
                f"them, or a time to come; the first is entry {found.first_apart}."
            )
            if settings.IS_PRODUCTION:
                self.stderr.write(f"ALARM: {said}")
            else:
                self.stdout.write(said)
        if found.cosignatures or found.unknown:
            others = f"; {found.unknown} by keys that OFFICE_WITNESSES does not name" if found.unknown else ""
            self.stdout.write(f"{found.cosignatures} cosignatures of witnesses agree{others}.")
        for sentence in found.missing:
            self.stderr.write(f"Cannot check that nothing was taken off the end: {sentence}")
        if found.missing or (found.apart and settings.IS_PRODUCTION):
            sys.exit(2)

    def _progress(self, count: int) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r{count:,} entries read", ending="")
