"""Remove what is past the rule of its data category, as the worker does each night."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.personaldata.retention import count_past_rule
from accounts.terms.services import sweep_and_measure
from core import db


class Command(BaseCommand):
    help = "Remove records that are past the rule of their data category; --dry-run counts them and removes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count what would go, and remove nothing")

    def handle(self, *_args: Any, **options: Any) -> None:
        now = timezone.now()
        with db.use_role("worker"):
            past = count_past_rule(now=now)
            removed = {} if options["dry_run"] else sweep_and_measure(now=now)
        for name, (count, held) in past.items():
            done = "" if options["dry_run"] else f", {removed[name]:,} removed" if name in removed else ", NOT swept"
            on_hold = f", {held:,} on hold" if held else ""
            self.stdout.write(f"{name}: {count:,} past their rule{done}{on_hold}")
        if not options["dry_run"] and (failed := past.keys() - removed.keys()):
            raise CommandError(f"Not swept: {', '.join(sorted(failed))}.", returncode=1)
