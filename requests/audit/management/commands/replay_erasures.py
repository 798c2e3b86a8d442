"""After a restore: erase again everybody in the journal outside the database."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from audit.erasure.crypto_shred import replay_crypto_shreds
from audit.erasure.journal import check_journal, published_erasures, refuse_unreplayed_erasures
from audit.errors import (
    CannotCheckError,
    ErasureIncompleteError,
    ErasuresNotReplayedError,
    JournalShortError,
    TamperedError,
)
from audit.log.actors import machine
from audit.log.events import SUBJECT_SHREDDED
from audit.log.models import Entry
from core import db


class Command(BaseCommand):
    help = "Read the signed journal of erasures next to the checkpoints and erase each person in it again."

    def handle(self, *_args: Any, **_options: Any) -> None:
        with db.use_role("worker"):
            try:
                short = self._check()
                done = replay_crypto_shreds(published_erasures(), actor=machine("operator"), now=timezone.now())
                refuse_unreplayed_erasures()
            except CannotCheckError as error:
                raise CommandError(str(error), returncode=2) from None
            except ErasureIncompleteError as error:
                raise CommandError(f"Every key is destroyed. {error} Run it again.", returncode=1) from None
            except (TamperedError, ErasuresNotReplayedError) as error:
                raise CommandError(str(error), returncode=1) from None
        if not done:
            self.stdout.write("The journal names nobody.")
            return
        keys, disclosures = sum(each.key_destroyed for each in done), sum(each.disclosures for each in done)
        self.stdout.write(
            f"{len(done)} erasures were replayed: {keys} keys and {disclosures} disclosures had come back."
        )
        if short is not None:
            self.stdout.write(f"The journal lacked {short.missing} lines that {short.knower}; they were written again.")

    def _check(self) -> JournalShortError | None:
        """Read the whole journal before the first erasure; return what it lacks, raise for what is wrong in it."""
        if next(published_erasures(), None) is None and Entry.objects.filter(event=SUBJECT_SHREDDED.name).exists():
            raise CommandError(
                "The log names people who were erased, and AUDIT_CHECKPOINT_DIR has no journal of them: "
                "nobody was erased again.",
                returncode=1,
            )
        try:
            for fault in check_journal():
                self.stderr.write(f"Cannot check that no line is missing: {fault}")
        except JournalShortError as error:
            return error
        return None
