"""Compare the guards with the catalogue; put them back when told to, after writing down what differed."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connections
from django.utils import timezone

from audit import guards, sides
from audit.services import note_differences
from omegaoffice import guarding
from omegaoffice.database import apply_grants, create_roles


class Command(BaseCommand):
    help = "Print what differs from the declared guards, exit 1 if anything does; --restore puts it back, as owner."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--restore", action="store_true", help="log the differences, then put the guards back")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            found = self._find("owner" if options["restore"] else "auditor")
            if found and options["restore"]:
                self._restore(found)
                found = self._find("owner")
        except DatabaseError as error:
            raise CommandError(f"Cannot compare: the database answered {type(error).__name__}.", returncode=2) from None
        if found:
            sys.exit(1)

    def _find(self, side: str) -> list[str]:
        found = guarding.find_differences(side)
        for difference in found:
            self.stdout.write(difference)
        if not found:
            self.stdout.write("All guards are as declared.")
        return found

    def _restore(self, found: list[str]) -> None:
        with sides.acting("owner"):
            note_differences(found, by="operator", now=timezone.now())
        self.stdout.write(f"{len(found)} differences were logged; putting the guards back.")
        for alias, database in (("owner", guards.OFFICE), ("vault_owner", guards.VAULT)):
            with sides.acting(alias), sides.atomic(), connections[alias].cursor() as cursor:
                for statement in guards.restoring(cursor, database):
                    cursor.execute(statement)
            create_roles(alias)
        apply_grants()
        guarding.mark()
