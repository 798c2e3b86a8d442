"""Erase a person, or finish what a crash left half done."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from audit import sides
from audit.actors import machine
from audit.erasure import Ground
from audit.errors import JournalBrokenError, ShredRefusedError
from audit.services import resume_shreds, shred_subject

_ACTOR = machine("operator")


class Command(BaseCommand):
    help = "Destroy a closed account's key, disclosures and map; --resume finishes what was interrupted."

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("reference", nargs="?", help="the subject's reference, 32 hexadecimal digits")
        what.add_argument("--resume", action="store_true", help="finish every erasure that was interrupted")

    def handle(self, *_args: Any, **options: Any) -> None:
        now = timezone.now()
        try:
            with sides.acting("worker"):
                if options["resume"]:
                    count = resume_shreds(actor=_ACTOR, now=now)
                    self.stdout.write(f"{count} erasures were finished.")
                    return
                done = shred_subject(options["reference"], actor=_ACTOR, ground=Ground.CLOSED, now=now)
        except ShredRefusedError as refusal:
            raise CommandError(refusal.sentence, returncode=2) from None
        except JournalBrokenError as error:
            raise CommandError(f"Erased, but not told outside. {error}", returncode=1) from None
        what = "The key was destroyed" if done.key_destroyed else "There was no key left"
        self.stdout.write(f"{what}; {done.disclosures} disclosures were removed; entry {done.entry} says so.")
