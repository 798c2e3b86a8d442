"""Subjects' keys: created on first use, wrapped by a key-encryption key (KEK), cached for a minute at most."""

import hashlib
import time
from collections import OrderedDict
from functools import cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.utils import timezone

from vault.aead import decrypt_bytes, encrypt_bytes
from vault.errors import KekMissingError, KeyDestroyedError
from vault.models import SubjectKey

#: seconds and number of keys that a process caches; a key destroyed elsewhere is unusable after this time
CACHE_SECONDS = 60.0
_CACHE_SIZE = 10_000
_cache: OrderedDict[str, tuple[AESGCM, int, float]] = OrderedDict()


@cache
def _kek(hexadecimal: str) -> tuple[AESGCM, str]:
    raw = bytes.fromhex(hexadecimal)
    return AESGCM(raw), hashlib.sha256(b"kek" + raw).hexdigest()[:16]


def current_kek() -> tuple[AESGCM, str]:
    """Return the key-encryption key for new keys, and its id."""
    return _kek(settings.OFFICE_KEK)


def known_keks() -> dict[str, AESGCM]:
    """Return id → key-encryption key: the current one first, then those of OFFICE_KEK_PREVIOUS."""
    found = [current_kek(), *(_kek(text) for text in settings.OFFICE_KEK_PREVIOUS)]
    return {kek_id: kek for kek, kek_id in found}


def unwrap(row: SubjectKey) -> bytes:
    """Return a subject's key; raises KekMissingError, and DecryptionError if the row was changed."""
    kek = known_keks().get(row.kek_id)
    if kek is None:
        raise KekMissingError(f"Key-encryption key {row.kek_id} is not known here: see OFFICE_KEK_PREVIOUS.")
    return decrypt_bytes(kek, wrap_context(row.reference, row.version, row.kek_id), bytes(row.wrapped or b""))


def wrap_context(reference: str, version: int, kek_id: str) -> bytes:
    """Return the associated data of a wrapped key: its subject, its version, the key that wraps it."""
    return f"{reference}|{version}|{kek_id}".encode()


def _create_key(reference: str) -> None:
    kek, kek_id = current_kek()
    SubjectKey.objects.bulk_create(
        [
            SubjectKey(
                reference=reference,
                wrapped=encrypt_bytes(kek, wrap_context(reference, 1, kek_id), AESGCM.generate_key(256)),
                kek_id=kek_id,
                version=1,
                created_at=timezone.now(),
            )
        ],
        ignore_conflicts=True,  # a concurrent first use may have created it; the caller reads the row again
    )


def cipher_of(reference: str, *, create: bool) -> tuple[AESGCM, int]:
    """Return the subject's cipher and the version of their key; raises KeyDestroyedError where there is none."""
    known = _cache.get(reference)
    if known is not None and known[2] > time.monotonic():
        return known[0], known[1]
    row = SubjectKey.objects.filter(reference=reference).first()
    if row is None and create:
        _create_key(reference)
        row = SubjectKey.objects.get(reference=reference)
    if row is None or row.wrapped is None:
        _cache.pop(reference, None)
        raise KeyDestroyedError("This person's key was destroyed, or never was.")
    found = AESGCM(unwrap(row)), row.version
    _cache[reference] = (*found, time.monotonic() + CACHE_SECONDS)
    if len(_cache) > _CACHE_SIZE:
        _cache.popitem(last=False)
    return found


def forget_cached_key(reference: str) -> None:
    """Remove one key from the cache."""
    _cache.pop(reference, None)


def forget_cached_keys() -> None:
    """Empty the process's cache of keys."""
    _cache.clear()
