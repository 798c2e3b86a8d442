"""Make or revoke a token with which a machine, such as a SIEM, reads the log."""

from audit.tokens.command import TokenCommand
from audit.tokens.models import ReaderToken
from audit.tokens.services import make_reader_token, revoke_reader_token


class Command(TokenCommand):
    help = "Make a reader token and print it once; or revoke one."
    model = ReaderToken
    make = staticmethod(make_reader_token)
    revoke = staticmethod(revoke_reader_token)
    refused = 2
