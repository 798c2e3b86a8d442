"""Take pending entries into the tree and sign a checkpoint.

Exit 1 when the database is behind what was published, or holds rows that cannot go into the tree; 2 without a key.
"""

import sys
from typing import Any

from django.utils import timezone

from audit.management.base import LogCommand
from audit.publishing import published
from audit.sequencer import pending
from audit.sequencer.sequence import sequence


class Command(LogCommand):
    help = "Take what is pending into the Merkle tree, then sign and publish a checkpoint."

    def handle(self, *_args: Any, **_options: Any) -> None:
        with self.run_as("sequencer", tampered="REFUSED: "):
            for sentence in published.compare(published.read_published(local=True)):
                self.stderr.write(sentence)
            taken, checkpoint = sequence(timezone.now())
            left = pending.list_faults()
        size = checkpoint.size if checkpoint else 0
        self.stdout.write(f"{taken} entries taken into the tree; checkpoint at {size}.")
        if left:
            for sentence in left:
                self.stderr.write(f"TAMPERED: {sentence}")
            sys.exit(1)
