"""List the destinations of signed checkpoints; exit 1 when one is behind, or contradicts the log."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from audit.publishing.metrics import last_checkpoint_seconds, list_destinations
from core import db


class Command(BaseCommand):
    help = "Show for each destination outside the database which checkpoint it has, what waits for it, and why."

    def handle(self, *_args: Any, **_options: Any) -> None:
        now = timezone.now()
        with db.use_role("auditor"):
            age, states = last_checkpoint_seconds(now), list_destinations(now)
        self.stdout.write("No checkpoint yet." if age is None else f"The newest checkpoint is {age:.0f} seconds old.")
        for state in states:
            newest = "has none yet" if state.delivered is None else f"has {state.delivered} entries"
            waits = f"; {state.waiting} wait since {state.seconds:.0f} seconds" if state.waiting else ""
            error = f": {state.error}" if state.error else ""
            mark = "TAMPERED " if state.contradiction else "BEHIND " if state.behind else ""
            self.stdout.write(f"{mark}{state.name} {newest}{waits}{error}")
        if any(state.behind or state.contradiction for state in states):
            sys.exit(1)
