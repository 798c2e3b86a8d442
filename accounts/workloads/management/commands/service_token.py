"""Make or revoke a token with which the platform posts its streams."""

from datetime import datetime

from accounts.workloads.models import ServiceToken
from accounts.workloads.services import make_token, revoke_token
from audit.log.actors import machine
from core.token_command import TokenCommand


class Command(TokenCommand):
    help = "Make a service token and print it once; or revoke one."
    model = ServiceToken

    def make(self, name: str, *, scopes: list[str], days: int, now: datetime) -> tuple[ServiceToken, str]:
        return make_token(name, scopes=scopes, days=days, actor=machine("console"), now=now)

    def revoke(self, name: str, *, now: datetime) -> None:
        revoke_token(name, actor=machine("console"), now=now)
