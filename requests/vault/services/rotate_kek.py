"""Wrap every subject's key again under the current key-encryption key (KEK), in batches, repeatable at any time."""

from collections.abc import Iterator

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import connections
from django.db.models import Count

from vault.aead import encrypt_bytes
from vault.models import SubjectKey

from .subject_keys import current_kek, known_keks, unwrap, wrap_context

BATCH = 500

# One statement a batch. A key that was destroyed or wrapped again since it was read is left as it is.
_STORE = """
UPDATE vault_subject_key k SET wrapped = v.fresh, kek_id = %s
FROM unnest(%s::text[], %s::bytea[], %s::bytea[]) AS v (reference, old, fresh)
WHERE k.reference = v.reference AND k.wrapped = v.old
"""


def count_by_kek() -> dict[str, int]:
    """Return KEK id → how many keys it wraps; tombstones have none."""
    alive = SubjectKey.objects.filter(wrapped__isnull=False).values_list("kek_id")
    return dict(alive.annotate(count=Count("reference")).order_by("kek_id"))


def missing_keks() -> dict[str, int]:
    """Return the KEKs that are not configured here, with the number of keys that need them."""
    known = known_keks()
    return {kek_id: count for kek_id, count in count_by_kek().items() if kek_id not in known}


def rewrap_keys(*, batch: int = BATCH) -> Iterator[int]:
    """Wrap again the keys that are not under the current KEK; yield how many, batch by batch.

    Each batch is committed, so a killed run can be repeated. Raises KekMissingError at the first key whose KEK is not
    configured.
    """
    kek, kek_id = current_kek()
    last = ""
    while rows := _page(kek_id, last, batch):
        yield _rewrap(rows, kek, kek_id)
        last = rows[-1].reference


def _page(kek_id: str, after: str, size: int) -> list[SubjectKey]:
    stale = SubjectKey.objects.filter(reference__gt=after, wrapped__isnull=False).exclude(kek_id=kek_id)
    return list(stale.order_by("reference")[:size])


def _rewrap(rows: list[SubjectKey], kek: AESGCM, kek_id: str) -> int:
    references, old, fresh = [], [], []
    for row in rows:
        references.append(row.reference)
        old.append(bytes(row.wrapped or b""))
        fresh.append(encrypt_bytes(kek, wrap_context(row.reference, row.version, kek_id), unwrap(row)))
    with connections["vault"].cursor() as cursor:
        cursor.execute(_STORE, [kek_id, references, old, fresh])
        return int(cursor.rowcount)
