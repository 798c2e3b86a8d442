"""Change the key-encryption key: wrap every subject's key, and encrypt every machine secret, again under OFFICE_KEK."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from vault.errors import KekMissingError
from vault.ports import secret_holders
from vault.services import count_by_kek, missing_keks, rewrap_keys
from vault.services.rotate_kek import BATCH
from vault.services.subject_keys import current_kek


class Command(BaseCommand):
    help = "Wrap keys and machine secrets again under OFFICE_KEK; may be repeated. --check only counts keys."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="say what still needs an older key; exit 1 if anything"
        )
        parser.add_argument("--batch", type=int, default=BATCH, help="keys in one statement")

    def handle(self, *_args: Any, **options: Any) -> None:
        if not 1 <= options["batch"] <= 10_000:  # noqa: PLR2004
            raise CommandError("--batch must be a number from 1 to 10000.", returncode=2)
        try:
            if missing := missing_keks():
                listed = ", ".join(f"{kek_id} ({count} keys)" for kek_id, count in missing.items())
                raise CommandError(f"OFFICE_KEK_PREVIOUS lacks the key-encryption keys {listed}.", returncode=2)
            if options["check"]:
                self._report(self._left())
                return
            self._rewrap(options["batch"])
            broken = self._reencrypt()
        except DatabaseError as error:
            raise CommandError(f"The database answered {type(error).__name__}; run it again.", returncode=2) from None
        except KekMissingError as error:
            raise CommandError(str(error), returncode=2) from None
        self._report(self._left(), broken)

    def _left(self) -> int:
        return sum(count for kek_id, count in count_by_kek().items() if kek_id != current_kek()[1])

    def _rewrap(self, batch: int) -> None:
        total, done = self._left(), 0
        for count in rewrap_keys(batch=batch):
            done += count
            self.stdout.write(f"{done:,} of {total:,} keys wrapped again")
            self.stdout.flush()

    def _reencrypt(self) -> int:
        broken = 0
        for holder in secret_holders():
            results = list(holder.reencrypt())
            broken += results.count(None)
            self.stdout.write(f"{holder.name}: {results.count(True):,} of {len(results):,} encrypted again")
        return broken

    def _report(self, left: int, broken: int = 0) -> None:
        if broken:
            self.stdout.write(
                f"{broken} machine secrets decrypt under no known key: their owners must set them up again."
            )
        if left:
            self.stdout.write(f"{left} keys still need an older key-encryption key: OFFICE_KEK_PREVIOUS must stay.")
            sys.exit(1)
        self.stdout.write("Every key is wrapped by OFFICE_KEK.")
