"""Compare the database with what is declared; put it back when told to, after appending what differed to the log."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connections
from django.utils import timezone

from audit import db_guards
from audit.db_guards.record_differences import note_differences
from core import db
from omegaoffice.db import compare
from omegaoffice.db.setup import apply_grants, create_roles


class Command(BaseCommand):
    help = "Print what differs from the declared schema, exit 1 if anything does; --restore puts it back, as owner."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--restore", action="store_true", help="log the differences, then put the schema back")

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

    def _find(self, alias: str) -> list[str]:
        found = compare.find_differences(alias)
        for difference in found:
            self.stdout.write(difference)
        if not found:
            self.stdout.write("The database schema is as declared.")
        return found

    def _restore(self, found: list[str]) -> None:
        with db.use_role("owner"):
            note_differences(found, by="operator", now=timezone.now())
        self.stdout.write(f"{len(found)} differences were logged; putting the schema back.")
        for alias, database in (("owner", db_guards.OFFICE), ("vault_owner", db_guards.VAULT)):
            with db.use_role(alias), db.atomic(), connections[alias].cursor() as cursor:
                for statement in db_guards.restoring(cursor, database):
                    cursor.execute(statement)
            create_roles(alias)
        apply_grants()
        compare.mark()
