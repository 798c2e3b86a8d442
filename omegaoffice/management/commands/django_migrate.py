"""Django's own `migrate`, under a name that `migrate` can call."""

from django.core.management.commands import migrate


class Command(migrate.Command):
    help = "Migrate one database, as Django itself does."
