"""Destroy a subject's key, leaving a tombstone."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from vault.models import SubjectKey

from .subject_keys import current_kek, forget_cached_key


def destroy_key(reference: str, *, now: datetime) -> bool:
    """Destroy the subject's key and leave a tombstone; True when a key was there."""
    forget_cached_key(reference)
    _, kek_id = current_kek()
    alive = SubjectKey.objects.filter(reference=reference, wrapped__isnull=False)
    changed = alive.update(wrapped=None, shredded_at=now)
    if not changed:
        SubjectKey.objects.bulk_create(
            [SubjectKey(reference=reference, wrapped=None, kek_id=kek_id, created_at=now, shredded_at=now)],
            ignore_conflicts=True,
        )
        # A concurrent first use may have created the key between the two statements.
        changed = alive.update(wrapped=None, shredded_at=now)
    return bool(changed)


def destroyed_among(references: Iterable[str]) -> set[str]:
    """Return those of the references whose keys were destroyed; one query, none for no references."""
    wanted = {reference for reference in references if reference}
    if not wanted:
        return set()
    found = SubjectKey.objects.filter(reference__in=wanted, wrapped__isnull=True)
    return set(found.values_list("reference", flat=True))


def knows_subject(reference: str) -> bool:
    """Return whether there is a key or a tombstone."""
    return SubjectKey.objects.filter(reference=reference).exists()


def destroyed_at(reference: str) -> datetime | None:
    """Return when the subject's key was destroyed, None where it was not."""
    return SubjectKey.objects.filter(reference=reference).values_list("shredded_at", flat=True).first()


def list_destroyed() -> Iterator[str]:
    """Yield every reference whose key was destroyed, in order."""
    destroyed = SubjectKey.objects.filter(wrapped__isnull=True).order_by("reference")
    return destroyed.values_list("reference", flat=True).iterator(chunk_size=1000)
