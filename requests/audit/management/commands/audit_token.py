"""Make or revoke a token with which a machine, such as a SIEM, reads the log."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from audit import sides
from audit.actors import machine
from audit.errors import TokenError
from audit.models import ReaderToken
from audit.services import make_reader_token, revoke_reader_token
from audit.tokens import SCOPES


def _living(name: str) -> ReaderToken:
    try:
        return ReaderToken.objects.get(name=name, revoked_at__isnull=True)
    except ReaderToken.DoesNotExist:
        raise TokenError("name", "There is no living reader token of that name.") from None


class Command(BaseCommand):
    help = "Make a reader token and print it once; or revoke one."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("name", help="which machine the token is for")
        parser.add_argument("--days", type=int, default=90)
        parser.add_argument("--scope", action="append", choices=SCOPES, default=[], help="default: entries")
        parser.add_argument("--revoke", action="store_true", help="end the token of that name now")

    def handle(self, **options: Any) -> None:
        name, actor, now = options["name"], machine("console"), timezone.now()
        with sides.acting("staff"):
            try:
                if options["revoke"]:
                    revoke_reader_token(_living(name).pk, actor=actor, now=now)
                    self.stderr.write("Revoked. The next request with it is refused.")
                    return
                token, text = make_reader_token(
                    name, scopes=options["scope"] or ["entries"], days=options["days"], actor=actor, now=now
                )
            except TokenError as error:
                raise CommandError(error.sentence, returncode=2) from None
        self.stderr.write(f"Valid until {token.expires_at:%Y-%m-%d %H:%M} UTC. It is shown this once:")
        self.stdout.write(text)
