"""`makemessages` that also finds what a log entry and a clock say."""

from typing import Any

from django.core.management.commands import makemessages


class Command(makemessages.Command):
    """Django's command, with our keywords, on our own folders, without line numbers that change daily."""

    xgettext_options = [
        *makemessages.Command.xgettext_options,
        # The registers of sentences are plain Python: they mark what they say with calls of their own.
        "--keyword=EventType:3",
        "--keyword=said",
        "--keyword=said_of:1,2",
    ]

    def handle(self, *args: Any, **options: Any) -> None:
        """Extract; what is not part of the product is left out."""
        options["ignore_patterns"] = [*options["ignore_patterns"], "var", "tests", "docs", "bench", "node_modules"]
        options["no_location"] = True
        super().handle(*args, **options)
