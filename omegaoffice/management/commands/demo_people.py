"""Make demo people and data once; say where to click and as whom."""

import tempfile
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from omegaoffice.demo import people

DATA_LINES = 4000


class Command(BaseCommand):
    help = "Make demo people and their data where they are missing; refused in production."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--where", metavar="URL", help="only say where to click, at this address")

    def handle(self, *_args: Any, **options: Any) -> None:
        people.refuse_in_production()
        if options["where"]:
            self._say(options["where"])
            return
        if people.is_made():
            return
        self.stdout.write("Making demo people and data…")
        made = people.make_people(timezone.now())
        owners = [str(made[person.name].pk) for person in people.USERS[:2]]
        with tempfile.TemporaryDirectory() as folder:
            stream = Path(folder) / "demo.jsonl"
            call_command("demo_data", str(stream), lines=DATA_LINES, seed=1, account=owners, verbosity=0)
            call_command("ingest", str(stream), verbosity=0)

    def _say(self, address: str) -> None:
        out = self.stdout.write
        out("Demo people, all with the password  " + people.PASSWORD + "\n")
        for person in people.USERS:
            out(f"  {person.email:<20} {person.does}  → {address}/settings/")
        for person in (people.ADMINISTRATOR, *people.STAFF):
            out(f"  {person.email:<20} {person.does}  → {address}/staff/")
        out("Staff need a second factor; this prints the code of the moment:")
        out("  .venv/bin/python manage.py demo_code paula@example.org")
        out("Stop everything with Ctrl-C.\n")
