"""Write the streams of a made-up platform to a file."""

import argparse
import sys
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from omegaoffice.dev.demo.stream_data import MadeUpPlatform


def _day(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise argparse.ArgumentTypeError("a day is written YYYY-MM-DD") from None


def _target(name: str) -> AbstractContextManager[IO[bytes]]:
    return nullcontext(sys.stdout.buffer) if name == "-" else Path(name).open("wb")


class Command(BaseCommand):
    help = "Write JSON Lines of realistic shape: the same seed, accounts and day give the same bytes."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("file", help="where to write; - is standard output")
        parser.add_argument("--lines", type=int, default=10_000)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--broken", type=float, default=0.0, help="share of damaged lines, 0 to 1")
        parser.add_argument("--account", type=UUID, action="append", default=[], help="an account's id; repeatable")
        parser.add_argument("--until", type=_day, default=None, help="last day, YYYY-MM-DD; default: today")

    def handle(self, **options: Any) -> None:
        if options["lines"] < 0:
            raise CommandError("--lines must be 0 or more.")
        if not 0 <= options["broken"] <= 1:
            raise CommandError("--broken must be a share from 0 to 1.")
        until = options["until"] or timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
        platform = MadeUpPlatform(
            lines=options["lines"],
            seed=options["seed"],
            accounts=options["account"],
            until=until,
            broken=options["broken"],
        )
        try:
            with _target(options["file"]) as file:
                for line in platform.lines():
                    file.write(line)
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}") from None
        if options["verbosity"]:
            self.stderr.write(f"{options['lines']:,} lines, {platform.broken:,} of them damaged on purpose.")
