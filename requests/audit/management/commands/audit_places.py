"""Where signed checkpoints went and what waits; exit 1 when a place is behind, or contradicts the log."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from audit import sides
from audit.gauges import last_checkpoint_seconds, list_places


class Command(BaseCommand):
    help = "Say for each place outside the database which checkpoint it has, what waits for it, and why."

    def handle(self, *_args: Any, **_options: Any) -> None:
        now = timezone.now()
        with sides.acting("auditor"):
            age, places = last_checkpoint_seconds(now), list_places(now)
        self.stdout.write("No checkpoint yet." if age is None else f"The newest checkpoint is {age:.0f} seconds old.")
        for place in places:
            held = "has none yet" if place.held is None else f"has {place.held} entries"
            waits = f"; {place.waiting} wait since {place.seconds:.0f} seconds" if place.waiting else ""
            error = f": {place.error}" if place.error else ""
            mark = "TAMPERED " if place.contradiction else "BEHIND " if place.behind else ""
            self.stdout.write(f"{mark}{place.place} {held}{waits}{error}")
        if any(place.behind or place.contradiction for place in places):
            sys.exit(1)
