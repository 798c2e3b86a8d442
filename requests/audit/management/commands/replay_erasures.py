"""After a restore: erase again whom the journal outside names."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from audit import sides
from audit.actors import machine
from audit.errors import CannotCheckError, JournalBrokenError
from audit.services import published_erasures, replay_shreds


class Command(BaseCommand):
    help = "Read the signed journal of erasures beside the checkpoints and erase each person in it again."

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            erasures = published_erasures()
        except JournalBrokenError as error:
            raise CommandError(str(error), returncode=1) from None
        except CannotCheckError as error:
            raise CommandError(str(error), returncode=2) from None
        with sides.acting("worker"):
            done = replay_shreds(erasures, actor=machine("operator"), now=timezone.now())
        keys, disclosures = sum(each.key_destroyed for each in done), sum(each.disclosures for each in done)
        self.stdout.write(
            f"{len(erasures)} erasures were replayed: {keys} keys and {disclosures} disclosures had come back."
        )
