"""Measure what the policy promises: exit 0 when all is kept, 1 when something is broken, 2 when not measurable."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from core import promises
from core.promises import CheckResult, Promise, PromiseState


class Command(BaseCommand):
    help = "Measure the register of promises and print what was found."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--only", default="", metavar="P11,P12", help="measure these alone")
        parser.add_argument("--json", action="store_true", help="print the results as JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        now = timezone.now()
        known = promises.promises()
        wanted = {name.strip().upper() for name in options["only"].split(",") if name.strip()}
        if unknown := wanted - {promise.id for promise in known}:
            raise CommandError(
                f"--only: nobody measures {', '.join(sorted(unknown))}; known are "
                f"{', '.join(sorted({promise.id for promise in known}))}.",
                returncode=2,
            )
        chosen = [promise for promise in known if not wanted or promise.id in wanted]
        found = [(promise, promises.measure(promise, now)) for promise in chosen]
        state = promises.overall([result for _, result in found])
        if options["json"]:
            self._print_json(found, state, now.isoformat(timespec="seconds"))
        else:
            self._print_table(found)
        if state is not PromiseState.KEPT:
            sys.exit(1 if state is PromiseState.BROKEN else 2)

    def _print_json(self, found: list[tuple[Promise, CheckResult]], state: PromiseState, at: str) -> None:
        parts = [
            {
                "id": promise.id,
                "sentence": promise.sentence,
                "state": result.state.value,
                "figures": dict(result.figures),
                "note": result.note,
            }
            for promise, result in found
        ]
        self.stdout.write(json.dumps({"measured_at": at, "state": state.value, "promises": parts}, indent=2))

    def _print_table(self, found: list[tuple[Promise, CheckResult]]) -> None:
        width = max(len(promise.sentence) for promise, _ in found)
        for promise, result in found:
            figures = ", ".join(f"{name} {value}" for name, value in result.figures.items())
            line = f"{promise.id}  {promise.sentence:<{width}}  {result.state.value:<18}  {figures}"
            self.stdout.write(line.rstrip())
            if result.note:
                self.stdout.write(f"     {result.note}")
