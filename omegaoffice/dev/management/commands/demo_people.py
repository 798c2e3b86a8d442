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

from audit.log.models import Entry
from core import db
from omegaoffice.dev.demo import people

DATA_LINES = 4000
SEED = 1

_WHERE = """
{rule}
  The office is open.  {address}/

  users  {address}/accounts/login/  then  {address}/settings/
  staff  {address}/staff/  with a six-digit code after the password

{people}

  password of each   {password}
  code for staff     {python} manage.py demo_code paula@example.org
  verify the log     {python} manage.py audit_verify
  letters go to      {mail}

  Layla may sign in with Google and Omar with GitHub as well, at the practice provider.
  DEMONSTRATION ONLY: passwords and codes are public.  Ctrl-C stops everything.
{rule}"""


class Command(BaseCommand):
    help = "Make demo people and their data where they are missing; refused in production."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--where", metavar="URL", help="only say where to click, at this address")

    def handle(self, *_args: Any, **options: Any) -> None:
        people.refuse_in_production()
        if options["where"]:
            rows = [(one.email, "staff" if one.roles else "user", one.does) for one in people.EVERYBODY]
            where = _WHERE.format(
                rule="=" * 92,
                address=options["where"],
                people="\n".join(f"  {email:<19} {kind:<6} {does}" for email, kind, does in rows),
                password=people.PASSWORD,
                python=os.path.relpath(sys.executable),
                mail=getattr(settings, "EMAIL_FILE_PATH", "the mail server"),
            )
            self.stdout.write(where)
            return
        if people.missing_people():
            self.stdout.write("Making demo people…")
        made = people.make_people(timezone.now())
        with db.use_role("auditor"):
            if Entry.objects.filter(event="workloads.stream.ingested").exists():
                return
        self.stdout.write("Making demo data…")
        owners = [made[person.name].pk for person in people.USERS[:2]]
        with tempfile.TemporaryDirectory() as folder:
            stream = Path(folder) / "demo.jsonl"
            call_command("demo_data", str(stream), lines=DATA_LINES, seed=SEED, account=owners, verbosity=0)
            call_command("ingest", str(stream), verbosity=0)
