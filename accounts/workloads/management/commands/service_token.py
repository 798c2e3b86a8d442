"""Make or revoke a token with which the platform posts its streams."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.workloads.errors import TokenError
from accounts.workloads.services import make_token, revoke_token
from accounts.workloads.tokens import SCOPES
from audit import sides
from audit.actors import machine


class Command(BaseCommand):
    help = "Make a service token and print it once; or revoke one."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("name", help="whom the token is for")
        parser.add_argument("--days", type=int, default=90)
        parser.add_argument("--scope", action="append", choices=SCOPES, default=[])
        parser.add_argument("--revoke", action="store_true", help="end the token of that name now")

    def handle(self, **options: Any) -> None:
        name, actor, now = options["name"], machine("console"), timezone.now()
        with sides.acting("staff"):
            try:
                if options["revoke"]:
                    revoke_token(name, actor=actor, now=now)
                    self.stderr.write("Revoked. The next request with it is refused.")
                    return
                token, text = make_token(
                    name, scopes=options["scope"] or SCOPES, days=options["days"], actor=actor, now=now
                )
            except TokenError as error:
                raise CommandError(error.sentence) from None
        self.stderr.write(f"Valid until {token.expires_at:%Y-%m-%d %H:%M} UTC. It is shown this once:")
        self.stdout.write(text)
