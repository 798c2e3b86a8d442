"""Bring both databases up to date: roles, migrations, partitions, grants."""

from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands.migrate import Command as MigrateCommand

from omegaoffice.db.compare import SchemaDiffersError
from omegaoffice.db.setup import bring_up_to_date


class Command(MigrateCommand):
    help = "Create roles, migrate the office's and the vault's database, make partitions, apply grants."

    def get_check_kwargs(self, options: dict[str, Any]) -> dict[str | None, Any]:
        """Leave the database's own checks to `bring_up_to_date`: what a new version declares is not there yet."""
        found: dict[str | None, Any] = super().get_check_kwargs(options)
        return {**found, "databases": None}

    def handle(self, *args: Any, **options: Any) -> None:
        if (
            options.get("database") not in {None, "default"}
            or options.get("app_label")
            or options.get("check_unapplied")
        ):
            super().handle(*args, **options)
            return
        try:
            bring_up_to_date(verbosity=options["verbosity"], interactive=options["interactive"])
        except SchemaDiffersError as error:
            raise CommandError(f"{error}\nSee `manage.py audit_guards`.") from None
