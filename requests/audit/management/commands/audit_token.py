"""Make or revoke a token with which a machine, such as a SIEM, reads the log."""

from datetime import datetime

from audit.log.actors import machine
from audit.tokens.models import ReaderToken
from audit.tokens.services import make_reader_token, revoke_reader_token
from core.token_command import TokenCommand


class Command(TokenCommand):
    help = "Make a reader token and print it once; or revoke one."
    model = ReaderToken
    refused = 2

    def make(self, name: str, *, scopes: list[str], days: int, now: datetime) -> tuple[ReaderToken, str]:
        return make_reader_token(name, scopes=scopes, days=days, actor=machine("console"), now=now)

    def revoke(self, name: str, *, now: datetime) -> None:
        revoke_reader_token(name, actor=machine("console"), now=now)
