"""Change the log's signing key with an overlap; exit 2 when a step is not possible yet."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.utils import timezone

from audit.log.actors import machine
from audit.management.base import LogCommand
from audit.merkle.signed_notes import Note
from audit.sequencer.rotate_key import begin_rotation, finish_rotation, rotation_phase
from audit.tree import checkpoints
from audit.tree.models import StoredCheckpoint

_OPERATOR = machine("operator")


class Command(LogCommand):
    help = "Change the log's signing key: status, begin (both keys sign), finish (the next key takes over)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("step", choices=["status", "begin", "finish"])

    def handle(self, *_args: Any, step: str, **_options: Any) -> None:
        with self.run_as("sequencer"):
            {"status": self._status, "begin": self._begin, "finish": self._finish}[step]()

    def _status(self) -> None:
        signers = checkpoints.signers()
        for role, signer in zip(("signs", "signs too, as the next key"), signers, strict=False):
            self.stdout.write(f"{role}: {signer.verifier.encode()}")
        if not signers:
            self.stdout.write("No key signs here: OFFICE_LOG_KEY is given to the sequencer's process alone.")
        for verifier in checkpoints.verifiers():
            self.stdout.write(f"vouches: {verifier.encode()}")
        newest = StoredCheckpoint.objects.order_by("-size").first()
        if newest is not None:
            ids = [signature.key_id.hex() for signature in Note.parse(newest.note.encode()).signatures]
            self.stdout.write(f"The newest checkpoint, of {newest.size} entries, is signed by {' and '.join(ids)}.")
        if settings.OFFICE_LOG_NEXT_KEY and len(signers) > 1:
            phase = rotation_phase(signers[0].verifier, signers[1].verifier)
            self.stdout.write(f"The change of keys: {phase or 'not begun'}.")

    def _begin(self) -> None:
        checkpoint = begin_rotation(actor=_OPERATOR, now=timezone.now())
        self.stdout.write(f"Both keys sign from {checkpoint.size} entries on. Give everybody who verifies the new key:")
        self.stdout.write(checkpoints.signers()[1].verifier.encode())

    def _finish(self) -> None:
        checkpoint = finish_rotation(actor=_OPERATOR, now=timezone.now())
        old, new = (signer.verifier for signer in checkpoints.signers())
        self.stdout.write(
            f"Both keys signed up to {checkpoint.size} entries. Now, for the worker: OFFICE_LOG_KEY becomes what "
            "OFFICE_LOG_NEXT_KEY is, OFFICE_LOG_NEXT_KEY goes; restart it, and destroy the old seed.\n"
            f"Everywhere, for good: OFFICE_LOG_VERIFIERS keeps both:\n{new.encode()} {old.encode()}"
        )
