"""Credentials that only machines use, sealed under a key of their own."""

from functools import cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from vault.errors import SealBrokenError
from vault.sealing import derived_key, seal_bytes, unseal_bytes


@cache
def _derived(kek: str) -> AESGCM:
    return AESGCM(derived_key(bytes.fromhex(kek), "machine secrets"))


def seal_secret(context: str, plaintext: bytes) -> bytes:
    """Seal a credential that only machines use (a second factor's seed, a token): no person ever reads it."""
    return seal_bytes(_derived(settings.OFFICE_KEK), context.encode(), plaintext)


def open_secret(context: str, blob: bytes) -> bytes:
    """Return a credential to the machine that needs it; house rules name the only callers."""
    previous = list(settings.OFFICE_KEK_PREVIOUS)
    try:
        return unseal_bytes(_derived(settings.OFFICE_KEK), context.encode(), blob)
    except SealBrokenError:
        if not previous:
            raise
    for kek in previous[:-1]:
        try:
            return unseal_bytes(_derived(kek), context.encode(), blob)
        except SealBrokenError:
            continue
    return unseal_bytes(_derived(previous[-1]), context.encode(), blob)


def reseal_secret(context: str, blob: bytes) -> bytes | None:
    """Return the secret sealed under the current key, None when it is already; raises SealBrokenError."""
    try:
        unseal_bytes(_derived(settings.OFFICE_KEK), context.encode(), blob)
    except SealBrokenError:
        return seal_secret(context, open_secret(context, blob))
    return None
