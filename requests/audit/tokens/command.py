"""What the management commands for tokens share: make one and print it once, or revoke one."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from audit.log.actors import machine
from core import db
from core.tokens import MachineToken, TokenError


class TokenCommand(BaseCommand):
    """A command says whose tokens these are, and which services make and revoke them."""

    model: ClassVar[type[MachineToken]]
    make: ClassVar[Callable[..., tuple[MachineToken, str]]]
    revoke: ClassVar[Callable[..., MachineToken]]
    #: exit code of a refusal
    refused: ClassVar[int] = 1

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("name", help="which machine the token is for")
        parser.add_argument("--days", type=int, default=90)
        scopes = self.model.SCOPES
        parser.add_argument("--scope", action="append", choices=scopes, default=[], help=f"default: {scopes[0]}")
        parser.add_argument("--revoke", action="store_true", help="end the token of that name now")

    def handle(self, **options: Any) -> None:
        name, actor, now = options["name"], machine("console"), timezone.now()
        with db.use_role("staff"):
            try:
                if options["revoke"]:
                    self.revoke(name, actor=actor, now=now)
                    self.stderr.write("Revoked. The next request with it is refused.")
                    return
                scopes = options["scope"] or [self.model.SCOPES[0]]
                token, text = self.make(name, scopes=scopes, days=options["days"], actor=actor, now=now)
            except TokenError as error:
                raise CommandError(error.sentence, returncode=self.refused) from None
        self.stderr.write(f"Valid until {token.expires_at:%Y-%m-%d %H:%M} UTC. It is shown this once:")
        self.stdout.write(text)
