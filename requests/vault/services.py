"""Seal, unseal, shred."""

import hashlib
import time
from collections import OrderedDict
from datetime import datetime
from functools import cache
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.utils import timezone

from .errors import NoTicketError, ShreddedError
from .models import SubjectKey
from .ports import ticket_office
from .sealing import derived_key, seal_bytes, unseal_bytes

#: seconds and number of keys that a process remembers; a shred elsewhere bites after this time at the latest
CACHE_SECONDS = 60.0
_CACHE_SIZE = 10_000
_cache: OrderedDict[str, tuple[AESGCM, int, float]] = OrderedDict()


@cache
def _kek(hexadecimal: str) -> tuple[AESGCM, str]:
    raw = bytes.fromhex(hexadecimal)
    return AESGCM(raw), hashlib.sha256(b"kek" + raw).hexdigest()[:16]


def _wrap_context(reference: str, version: int, kek_id: str) -> bytes:
    return f"{reference}|{version}|{kek_id}".encode()


def _create_key(reference: str) -> None:
    kek, kek_id = _kek(settings.OFFICE_KEK)
    SubjectKey.objects.bulk_create(
        [
            SubjectKey(
                reference=reference,
                wrapped=seal_bytes(kek, _wrap_context(reference, 1, kek_id), AESGCM.generate_key(256)),
                kek_id=kek_id,
                version=1,
                created_at=timezone.now(),
            )
        ],
        ignore_conflicts=True,  # whoever came first made the key; the row is read again below
    )


def _cipher(reference: str, *, create: bool) -> tuple[AESGCM, int]:
    known = _cache.get(reference)
    if known is not None and known[2] > time.monotonic():
        return known[0], known[1]
    row = SubjectKey.objects.filter(reference=reference).first()
    if row is None and create:
        _create_key(reference)
        row = SubjectKey.objects.get(reference=reference)
    if row is None or row.wrapped is None:
        _cache.pop(reference, None)
        raise ShreddedError("This person's key was destroyed, or never was.")
    kek, _ = _kek(settings.OFFICE_KEK)
    key = unseal_bytes(kek, _wrap_context(reference, row.version, row.kek_id), bytes(row.wrapped))
    found = AESGCM(key), row.version
    _cache[reference] = (*found, time.monotonic() + CACHE_SECONDS)
    if len(_cache) > _CACHE_SIZE:
        _cache.popitem(last=False)
    return found


def _associated(reference: str, version: int, context: str) -> bytes:
    return f"{reference}|{version}|{context}".encode()


def seal(reference: str, context: str, plaintext: bytes) -> bytes:
    """Return `plaintext` sealed under the subject's key, bound to `context` (`<table>.<column>:<row id>`).

    Makes the key on first use. Raises ShreddedError for a subject whose key was destroyed.
    """
    cipher, version = _cipher(reference, create=True)
    return seal_bytes(cipher, _associated(reference, version, context), plaintext)


class Unsealer:
    """Opens sealed values of one subject; made by `unsealer`, which checked the ticket."""

    def __init__(self, reference: str, cipher: AESGCM, version: int) -> None:
        self.reference = reference
        self._cipher = cipher
        self._version = version

    def unseal(self, context: str, blob: bytes | memoryview) -> bytes:
        """Return the plaintext; raises SealBrokenError when the value was changed or moved."""
        return unseal_bytes(self._cipher, _associated(self.reference, self._version, context), bytes(blob))


def unsealer(reference: str, entry_id: UUID) -> Unsealer:
    """Return what opens this subject's values, on the ticket of a committed log entry.

    Raises NoTicketError without such an entry, ShreddedError when the key is gone.
    """
    if not isinstance(entry_id, UUID):
        raise NoTicketError("Reading needs the id of a log entry.")
    ticket_office()(entry_id, reference)
    cipher, version = _cipher(reference, create=False)
    return Unsealer(reference, cipher, version)


def shred_key(reference: str, *, now: datetime) -> bool:
    """Destroy the subject's key and leave a tombstone; True when a key was there."""
    _cache.pop(reference, None)
    _, kek_id = _kek(settings.OFFICE_KEK)
    changed = SubjectKey.objects.filter(reference=reference, wrapped__isnull=False).update(
        wrapped=None, shredded_at=now
    )
    if not changed:
        SubjectKey.objects.bulk_create(
            [SubjectKey(reference=reference, wrapped=None, kek_id=kek_id, created_at=now, shredded_at=now)],
            ignore_conflicts=True,
        )
    return bool(changed)


def forget_cached_keys() -> None:
    """Drop the process's remembered keys."""
    _cache.clear()


def _machine_cipher() -> AESGCM:
    return AESGCM(derived_key(bytes.fromhex(settings.OFFICE_KEK), "machine secrets"))


def seal_secret(context: str, plaintext: bytes) -> bytes:
    """Seal a credential that only machines use (a second factor's seed, a token): no person ever reads it."""
    return seal_bytes(_machine_cipher(), context.encode(), plaintext)


def open_secret(context: str, blob: bytes) -> bytes:
    """Return a credential to the machine that needs it; house rules name the only callers."""
    return unseal_bytes(_machine_cipher(), context.encode(), blob)
