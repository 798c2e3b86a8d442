"""Make or revoke a token with which the platform posts its streams."""

from accounts.workloads.models import ServiceToken
from accounts.workloads.services import make_token, revoke_token
from audit.tokens.command import TokenCommand


class Command(TokenCommand):
    help = "Make a service token and print it once; or revoke one."
    model = ServiceToken
    make = staticmethod(make_token)
    revoke = staticmethod(revoke_token)
