"""Django's own `migrate`, under a name that `migrate` can call."""

from django.core.management.commands.migrate import Command as Command
