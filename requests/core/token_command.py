"""What the management commands for tokens share: make one and print it once, or revoke one."""

from datetime import datetime
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from . import db
from .tokens import MachineToken, TokenError


class TokenCommand(BaseCommand):
    """A command says by `make` and `revoke` whose tokens these are."""

    model: ClassVar[type[MachineToken]]
    #: exit code of a refusal
    refused: ClassVar[int] = 1

    def make(self, name: str, *, scopes: list[str], days: int, now: datetime) -> tuple[MachineToken, str]:
        """Make a token and return it with its text; raises TokenError."""
        raise NotImplementedError

    def revoke(self, name: str, *, now: datetime) -> None:
        """Revoke the token of that name; raises TokenError."""
        raise NotImplementedError

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("name", help="which machine the token is for")
        parser.add_argument("--days", type=int, default=90)
        scopes = self.model.SCOPES
        parser.add_argument("--scope", action="append", choices=scopes, default=[], help=f"default: {scopes[0]}")
        parser.add_argument("--revoke", action="store_true", help="end the token of that name now")

    def handle(self, **options: Any) -> None:
        name, now = options["name"], timezone.now()
        with db.use_role("staff"):
            try:
                if options["revoke"]:
                    self.revoke(name, now=now)
                    self.stderr.write("Revoked. The next request with it is refused.")
                    return
                scopes = options["scope"] or [self.model.SCOPES[0]]
                token, text = self.make(name, scopes=scopes, days=options["days"], now=now)
            except TokenError as error:
                raise CommandError(error.sentence, returncode=self.refused) from None
        self.stderr.write(f"Valid until {token.expires_at:%Y-%m-%d %H:%M} UTC. It is shown this once:")
        self.stdout.write(text)
