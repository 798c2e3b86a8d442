"""Make demo people and data once, and complete the register of processors."""

import tempfile
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.workloads.services import end_app, sweep_ended_apps
from audit.log.actors import machine
from audit.log.models import Entry
from core import db
from omegaoffice.dev.demo import announcements, people, policy, processors, tokens

DATA_LINES = 4160
SEED = 1


class Command(BaseCommand):
    help = "Make demo people and their data where they are missing; refused in production."

    def handle(self, *_args: Any, **_options: Any) -> None:
        people.refuse_in_production()
        if people.missing_people():
            self.stdout.write("Making demo people…")
        now = timezone.now()
        made = people.make_people(now)
        processors.complete_register(made["lena"], now)
        policy.publish_policy(made, now)
        tokens.make_tokens(made, now)
        announcements.announce(made["lena"], made["paula"], now)
        with db.use_role("auditor"):
            if Entry.objects.filter(event="workloads.stream.ingested").exists():
                return
        self.stdout.write("Making demo data…")
        owners = [made[person.name].pk for person in people.USERS[:2]]
        with tempfile.TemporaryDirectory() as folder:
            stream = Path(folder) / "demo.jsonl"
            call_command("demo_data", str(stream), lines=DATA_LINES, seed=SEED, account=owners, verbosity=0)
            call_command("ingest", str(stream), verbosity=0)
            with stream.open("rb") as lines:
                ended = [line["id"] for line in map(orjson.loads, lines) if line["stream"] == "apps"][-1]
        with db.use_role("ingest"):
            end_app(UUID(ended), subject=made[people.USERS[1].name].reference, actor=machine("demo"), now=now)
        with db.use_role("worker"):
            # At once, since the demo office reads items, and of an app that has ended nothing can be read.
            sweep_ended_apps(now=now)
