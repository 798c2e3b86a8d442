"""What a service token looks like: made like the log's tokens, under a prefix of its own. Plain Python."""

from audit import tokens

#: what every token starts with, so that scanners for leaked secrets know it
PREFIX = "omega_svc_"
SCOPES = ("ingest",)


def new_token() -> str:
    """Return a new token: the prefix and 256 random bits."""
    return tokens.new_token(PREFIX)
