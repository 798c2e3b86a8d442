"""What a service token looks like, and what is kept of it. Plain Python."""

import hashlib
import secrets

#: what every token starts with, so that scanners for leaked secrets know it
PREFIX = "omega_svc_"
SCOPES = ("ingest",)
MOST_DAYS = 366


def new_token() -> str:
    """Return a new token: the prefix and 256 random bits."""
    return PREFIX + secrets.token_urlsafe(32)


def token_hash(text: str) -> bytes:
    """Return what is kept of a token. It holds 256 random bits, so a fast hash is enough."""
    return hashlib.sha256(text.encode()).digest()
