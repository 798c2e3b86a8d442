"""Make demo people and data once; say where to click and as whom."""

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from audit import sides
from audit.models import Entry
from omegaoffice.demo import people
from omegaoffice.demo.where import where

DATA_LINES = 4000
SEED = 1


class Command(BaseCommand):
    help = "Make demo people and their data where they are missing; refused in production."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--where", metavar="URL", help="only say where to click, at this address")

    def handle(self, *_args: Any, **options: Any) -> None:
        people.refuse_in_production()
        if options["where"]:
            mail = str(getattr(settings, "EMAIL_FILE_PATH", "the mail server"))
            python = os.path.relpath(sys.executable)
            for line in where(options["where"], python=python, mail=mail):
                self.stdout.write(line)
            return
        if people.missing_people():
            self.stdout.write("Making demo people…")
        made = people.make_people(timezone.now())
        with sides.acting("auditor"):
            if Entry.objects.filter(event="workloads.stream.ingested").exists():
                return
        self.stdout.write("Making demo data…")
        owners = [made[person.name].pk for person in people.USERS[:2]]
        with tempfile.TemporaryDirectory() as folder:
            stream = Path(folder) / "demo.jsonl"
            call_command("demo_data", str(stream), lines=DATA_LINES, seed=SEED, account=owners, verbosity=0)
            call_command("ingest", str(stream), verbosity=0)
