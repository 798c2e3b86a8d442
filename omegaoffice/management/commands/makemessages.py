"""`makemessages` that also finds the sentences of events and of deadlines."""

from typing import Any

from django.core.management.commands import makemessages


class Command(makemessages.Command):
    """Django's command, with our keywords, on our own folders, without line numbers that change daily."""

    xgettext_options = [
        *makemessages.Command.xgettext_options,
        # Modules without Django mark their sentences with calls of their own.
        "--keyword=declare:2",
        "--keyword=ngettext_noop:1,2",
        "--keyword=_lazy",
    ]

    def handle(self, *args: Any, **options: Any) -> None:
        """Extract; what is not part of the product is left out."""
        options["ignore_patterns"] = [*options["ignore_patterns"], "var", "tests", "docs", "bench", "node_modules"]
        options["no_location"] = True
        super().handle(*args, **options)
