"""After a restore: erase again everybody in the journal outside the database."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from audit.erasure.crypto_shred import replay_crypto_shreds
from audit.erasure.journal import count_missing, published_erasures, refuse_unreplayed_erasures
from audit.errors import CannotCheckError, ErasureIncompleteError, ErasuresNotReplayedError, JournalBrokenError
from audit.log.actors import machine
from audit.log.events import SUBJECT_SHREDDED
from audit.log.models import Entry
from core import db


class Command(BaseCommand):
    help = "Read the signed journal of erasures next to the checkpoints and erase each person in it again."

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            erasures = published_erasures()
        except JournalBrokenError as error:
            raise CommandError(str(error), returncode=1) from None
        except CannotCheckError as error:
            raise CommandError(str(error), returncode=2) from None
        with db.use_role("worker"):
            if not erasures and Entry.objects.filter(event=SUBJECT_SHREDDED.name).exists():
                raise CommandError(
                    "The log names people who were erased, and AUDIT_CHECKPOINT_DIR has no journal of them: "
                    "nobody was erased again.",
                    returncode=1,
                )
            missing = count_missing(erasures)
            try:
                done = replay_crypto_shreds(erasures, actor=machine("operator"), now=timezone.now())
            except ErasureIncompleteError as error:
                raise CommandError(f"Every key is destroyed. {error} Run it again.", returncode=1) from None
            try:
                refuse_unreplayed_erasures()
            except ErasuresNotReplayedError as error:
                raise CommandError(str(error), returncode=1) from None
        if not erasures:
            self.stdout.write("The journal names nobody.")
            return
        keys, disclosures = sum(each.key_destroyed for each in done), sum(each.disclosures for each in done)
        self.stdout.write(
            f"{len(erasures)} erasures were replayed: {keys} keys and {disclosures} disclosures had come back."
        )
        if missing:
            self.stdout.write(f"The journal lacked {missing} lines that the log counted; they were written again.")
