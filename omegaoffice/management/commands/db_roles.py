"""Print or apply the database's roles and what each may do."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from omegaoffice.db import compare
from omegaoffice.db.setup import apply_grants, create_roles, grant_statements


class Command(BaseCommand):
    help = "Print the statements that give each database role its rights; --apply runs them as the owner."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--apply", action="store_true", help="run the statements instead of printing them")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["apply"]:
            compare.note_before_putting_back(now=timezone.now())
            create_roles()
            create_roles("vault_owner")
            apply_grants()
            self.stdout.write("Roles and rights are as declared.")
            return
        for alias, statements in grant_statements().items():
            self.stdout.write(f"-- on the {alias.removesuffix('_owner')} database")
            for statement in statements:
                self.stdout.write(statement + ";")
