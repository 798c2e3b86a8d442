"""Read the whole log again; exit 0 when all agrees, 1 when something does not, 2 when it cannot be checked."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError

from audit import sides
from audit.errors import CannotCheckError, TamperedError
from audit.services import verify


class Command(BaseCommand):
    help = "Read every entry, tile and checkpoint again and name the first thing that does not agree."

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            with sides.acting("auditor"):
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
        if found.missing:
            for sentence in found.missing:
                self.stderr.write(f"Cannot check that nothing was taken off the end: {sentence}")
            sys.exit(2)

    def _progress(self, count: int) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r{count:,} entries read", ending="")
