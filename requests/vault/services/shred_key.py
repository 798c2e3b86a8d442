"""Destroy a subject's key and leave a tombstone; say who has one."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from vault.models import SubjectKey

from .keys import current_kek, forget_cached_key

_PAGE = 1000


def shred_key(reference: str, *, now: datetime) -> bool:
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
        # Somebody's first use may have made the key between the two statements.
        changed = alive.update(wrapped=None, shredded_at=now)
    return bool(changed)


def shredded_among(references: Iterable[str]) -> set[str]:
    """Return those of the references whose keys were destroyed; one query, none for nobody."""
    wanted = {reference for reference in references if reference}
    if not wanted:
        return set()
    found = SubjectKey.objects.filter(reference__in=wanted, wrapped__isnull=True)
    return set(found.values_list("reference", flat=True))


def knows_subject(reference: str) -> bool:
    """Return whether there is a key, or the tombstone of one."""
    return SubjectKey.objects.filter(reference=reference).exists()


def shredded_at(reference: str) -> datetime | None:
    """Return when the subject's key was destroyed, last, if it was; None where it was not."""
    return SubjectKey.objects.filter(reference=reference).values_list("shredded_at", flat=True).first()


def list_shredded() -> Iterator[str]:
    """Yield every reference whose key was destroyed, in order, page by page."""
    last = ""
    while True:
        page = list(
            SubjectKey.objects.filter(reference__gt=last, wrapped__isnull=True)
            .order_by("reference")
            .values_list("reference", flat=True)[:_PAGE]
        )
        yield from page
        if len(page) < _PAGE:
            return
        last = page[-1]
