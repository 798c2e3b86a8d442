"""Take pending entries into the tree and sign the head.

Exit 1 when the database is behind what was published, or holds rows that cannot go into the tree; 2 without a key.
"""

import sys
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand
from django.utils import timezone

from audit import pending, publication, sides
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
                left = pending.list_faults()
            except TamperedError as error:
                self.stderr.write(f"REFUSED: {error}")
                sys.exit(1)
            except (CannotCheckError, ImproperlyConfigured) as error:
                self.stderr.write(str(error))
                sys.exit(2)
        size = checkpoint.size if checkpoint else 0
        self.stdout.write(f"{taken} entries taken into the tree; checkpoint at {size}.")
        if left:
            for sentence in left:
                self.stderr.write(f"TAMPERED: {sentence}")
            sys.exit(1)
