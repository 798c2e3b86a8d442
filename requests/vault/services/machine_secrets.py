"""Credentials that only machines use, encrypted under a key of their own."""

from contextlib import suppress
from functools import cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from core.errors import DecryptionError
from vault.aead import decrypt_bytes, derived_key, encrypt_bytes


@cache
def _derived(kek: str) -> AESGCM:
    return AESGCM(derived_key(bytes.fromhex(kek), "machine secrets"))


def encrypt_secret(context: str, plaintext: bytes) -> bytes:
    """Encrypt a credential that only machines use: a second factor's seed, a token."""
    return encrypt_bytes(_derived(settings.OFFICE_KEK), context.encode(), plaintext)


def decrypt_secret(context: str, blob: bytes) -> bytes:
    """Return a credential to the machine that needs it; a test lists the callers. Raises DecryptionError."""
    keks = [settings.OFFICE_KEK, *settings.OFFICE_KEK_PREVIOUS]
    for kek in keks[:-1]:
        with suppress(DecryptionError):
            return decrypt_bytes(_derived(kek), context.encode(), blob)
    return decrypt_bytes(_derived(keks[-1]), context.encode(), blob)


def reencrypt_secret(context: str, blob: bytes) -> bytes | None:
    """Return the secret encrypted under the current key, None where it is already; raises DecryptionError."""
    try:
        decrypt_bytes(_derived(settings.OFFICE_KEK), context.encode(), blob)
    except DecryptionError:
        return encrypt_secret(context, decrypt_secret(context, blob))
    return None
