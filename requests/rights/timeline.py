"""Entries of the log about a person, as their package shows them."""

from collections.abc import Iterator
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from audit.log.disclosures import parse
from audit.log.models import Disclosure, Entry
from audit.log.read_disclosure import decrypt_disclosure
from audit.search.entries import view_of
from cases.withheld import withheld_cases
from vault.services import Decryptor


def list_told_entries(reference: str) -> QuerySet[Entry]:
    """Return the entries about a subject, without those of cases of which they are not to know yet."""
    found = Entry.objects.filter(subject=reference)
    return found.exclude(case_ref__in=withheld) if (withheld := withheld_cases(reference)) else found


def own_entries(reference: str, opened: Decryptor, *, batch: int = 500) -> Iterator[dict[str, Any]]:
    """Yield every entry about a subject that they may know of, with the personal fields that their own key decrypts."""
    rows = list_told_entries(reference).order_by("id").iterator(chunk_size=batch)
    while entries := list(islice(rows, batch)):
        disclosures = Disclosure.objects.filter(entry__in=[entry.id for entry in entries], holder=reference)
        encrypted = {found.entry: bytes(found.sealed) for found in disclosures}
        for entry in entries:
            view = view_of(entry)
            yield {
                "entry": str(view.id),
                "time": view.at.isoformat(),
                "event": view.event,
                "sentence": view.sentence,
                "by": view.actor_kind,
                "outcome": view.outcome,
                "case": view.case,
                "personal": _personal(entry.id, encrypted.get(entry.id), opened),
            }


def _personal(entry: UUID, encrypted: bytes | None, opened: Decryptor) -> dict[str, Any]:
    if encrypted is None:
        return {}
    return {name: value for _, name, value in map(parse, decrypt_disclosure(entry, encrypted, opened))}
