"""Erase a person, or finish interrupted erasures."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from audit.erasure.crypto_shred import crypto_shred_subject, resume_crypto_shreds
from audit.errors import ErasureIncompleteError, ErasureRefusedError, JournalBrokenError
from audit.log.actors import machine
from audit.log.labels import ErasureGround
from core import db

_ACTOR = machine("operator")


class Command(BaseCommand):
    help = "Erase a closed account: key, account, every data category; --resume finishes what was interrupted."

    def add_arguments(self, parser: CommandParser) -> None:
        target = parser.add_mutually_exclusive_group(required=True)
        target.add_argument("reference", nargs="?", help="the subject's reference, 32 hexadecimal digits")
        target.add_argument("--resume", action="store_true", help="finish every erasure that was interrupted")

    def handle(self, *_args: Any, **options: Any) -> None:
        now = timezone.now()
        try:
            with db.use_role("worker"):
                if options["resume"]:
                    count = resume_crypto_shreds(actor=_ACTOR, now=now)
                    self.stdout.write(f"{count} erasures were finished.")
                    return
                done = crypto_shred_subject(options["reference"], actor=_ACTOR, ground=ErasureGround.CLOSED, now=now)
        except ErasureRefusedError as refusal:
            raise CommandError(refusal.sentence, returncode=2) from None
        except ErasureIncompleteError as error:
            raise CommandError(
                f"The key is destroyed, and the log says so. {error} `audit_shred --resume` tries again, and so does "
                "the worker each night.",
                returncode=1,
            ) from None
        except JournalBrokenError as error:
            raise CommandError(f"Erased, but not written to the journal. {error}", returncode=1) from None
        key = "The key was destroyed" if done.key_destroyed else "There was no key left"
        self.stdout.write(
            f"{key}; {done.disclosures} disclosures were removed; every data category is erased and was read again; "
            f"entry {done.entry} records it."
        )
