"""What a token of a machine looks like, and what is kept of it. Plain Python."""

import hashlib
import secrets

#: what every reader token starts with, so that scanners for leaked secrets know it
PREFIX = "omega_log_"
#: `entries` pulls the log, `export` asks for exports and fetches them; neither ever opens what is sealed
SCOPES = ("entries", "export")
MOST_DAYS = 366
#: characters of a token that pages show, so that a token found somewhere can be told from others
SHOWN = len(PREFIX) + 4


def new_token(prefix: str = PREFIX) -> str:
    """Return a new token: the prefix and 256 random bits."""
    return prefix + secrets.token_urlsafe(32)


def token_hash(text: str) -> bytes:
    """Return what is kept of a token. It holds 256 random bits, so a fast hash is enough."""
    return hashlib.sha256(text.encode()).digest()
