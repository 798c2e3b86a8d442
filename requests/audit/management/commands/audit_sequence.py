"""Take pending entries into the tree and sign the head; exit 1 when behind what was published, 2 without a key."""

import sys
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand
from django.utils import timezone

from audit import publication, sides
from audit.errors import CannotCheckError, TamperedError
from audit.services import sequence


class Command(BaseCommand):
    help = "Take what is pending into the Merkle tree, then sign and publish a checkpoint."

    def handle(self, *_args: Any, **_options: Any) -> None:
        with sides.acting("sequencer"):
            try:
                for sentence in publication.compare(publication.read_published(local=True)):
                    self.stderr.write(sentence)
                taken, checkpoint = sequence(timezone.now())
            except TamperedError as error:
                self.stderr.write(f"REFUSED: {error}")
                sys.exit(1)
            except (CannotCheckError, ImproperlyConfigured) as error:
                self.stderr.write(str(error))
                sys.exit(2)
        size = checkpoint.size if checkpoint else 0
        self.stdout.write(f"{taken} entries taken into the tree; checkpoint at {size}.")
