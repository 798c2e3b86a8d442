"""Take pending entries into the tree and sign the head."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from audit import publication, sides
from audit.errors import TamperedError
from audit.services import sequence


class Command(BaseCommand):
    help = "Take what is pending into the Merkle tree, then sign and publish a checkpoint."

    def handle(self, *_args: Any, **_options: Any) -> None:
        with sides.acting("sequencer"):
            try:
                for sentence in publication.compare(publication.read_published(local=True)):
                    self.stderr.write(sentence)
            except TamperedError as error:
                self.stderr.write(f"REFUSED: {error}")
                sys.exit(1)
            taken, checkpoint = sequence(timezone.now())
        size = checkpoint.size if checkpoint else 0
        self.stdout.write(f"{taken} entries taken into the tree; checkpoint at {size}.")
