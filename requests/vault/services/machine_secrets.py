"""Credentials that only machines use, sealed under a key of their own."""

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from vault.sealing import derived_key, seal_bytes, unseal_bytes


def _cipher() -> AESGCM:
    return AESGCM(derived_key(bytes.fromhex(settings.OFFICE_KEK), "machine secrets"))


def seal_secret(context: str, plaintext: bytes) -> bytes:
    """Seal a credential that only machines use (a second factor's seed, a token): no person ever reads it."""
    return seal_bytes(_cipher(), context.encode(), plaintext)


def open_secret(context: str, blob: bytes) -> bytes:
    """Return a credential to the machine that needs it; house rules name the only callers."""
    return unseal_bytes(_cipher(), context.encode(), blob)
