"""Verify the whole log; exit 0 when everything agrees, 1 when something does not, 2 when it cannot be checked."""

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.utils import timezone

from audit.log.actors import machine
from audit.management.base import LogCommand
from audit.verification.verify import verify, verify_and_record


class Command(LogCommand):
    help = "Read every entry, tile and checkpoint again and name the first thing that does not agree."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--record", action="store_true", help="append the result to the log")

    def handle(self, *_args: Any, **options: Any) -> None:
        with self.run_as("auditor", failed="Cannot check: "):
            if options["record"]:
                found = verify_and_record(actor=machine("auditor"), clock=timezone.now, progress=self._progress)
            else:
                found = verify(self._progress)
        self.stdout.write(
            f"{found.entries} entries agree with the tree ({found.tiles} tiles) and "
            f"with {found.checkpoints} checkpoints; {found.pending} are pending."
        )
        self.stdout.write(f"Checkpoint: size {found.size}, root {found.root.hex()}.")
        if found.misdated:
            sentence = (
                f"{found.misdated} entries have a time more than a minute from the one at which the database wrote "
                f"them, or a time in the future; the first is entry {found.first_misdated}."
            )
            if settings.IS_PRODUCTION:
                self.stderr.write(f"ALARM: {sentence}")
            else:
                self.stdout.write(sentence)
        if found.cosignatures or found.unknown:
            others = f"; {found.unknown} by keys that OFFICE_WITNESSES does not name" if found.unknown else ""
            self.stdout.write(f"{found.cosignatures} cosignatures of witnesses agree{others}.")
        for sentence in found.missing:
            self.stderr.write(f"Cannot check that nothing was taken off the end: {sentence}")
        if found.missing or (found.misdated and settings.IS_PRODUCTION):
            sys.exit(2)

    def _progress(self, count: int) -> None:
        self.show_progress(f"{count:,} entries read")
