"""What is personal in exported entries: opened for a reader who may have it, after a line for each person."""

from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any, NamedTuple
from uuid import UUID

import structlog

from audit import registry, sides
from audit.actors import parse
from audit.disclosures import digest
from audit.events import DISCLOSURES_OPENED, SUBJECT_SHREDDED
from audit.holders import holders_of
from audit.models import Entry, Export
from vault.errors import NoTicketError, SealBrokenError, ShreddedError
from vault.services import CACHE_SECONDS, Unsealer, unsealer

from .append import append
from .export_lease import Clock
from .read_disclosure import open_sealed

_log = structlog.get_logger(__name__)


class Sealed(NamedTuple):
    """The sealed disclosures of one entry under one holder's key."""

    entry: UUID
    holder: str
    sealed: bytes


class Opener:
    """Opens disclosures for one export; a person whose key was destroyed has none, and nothing is said about it.

    `missing` counts what should be there and is not, or does not open, or is not what the entry's leaf promises.
    """

    def __init__(self, export: Export, clock: Clock) -> None:
        self._export = export
        self._clock = clock
        self._actor = parse(export.asked_by)
        self._tickets: dict[str, UUID] = {}
        #: holder → what opens, None after a shred, and when to look again whether that still holds
        self._keys: dict[str, tuple[Unsealer | None, float]] = {}
        self._rules = registry.personal_rules()
        self.missing = 0

    def open(self, leaves: Mapping[UUID, Mapping[str, Any]], found: Sequence[Sealed]) -> dict[UUID, list[str]]:
        """Return the disclosures of entries (id → leaf); call it outside of a transaction: it commits entries."""
        self._count_lost(leaves, {(one.entry, one.holder) for one in found})
        opened: dict[UUID, list[str]] = {}
        for one in found:
            key = self._key(one.holder)
            if key is None:
                continue
            try:
                texts = open_sealed(one.entry, one.sealed, key)
            except SealBrokenError:
                _log.warning("disclosure_does_not_open", entry=str(one.entry))
                self.missing += 1
                continue
            promised = [text for text in texts if digest(text) in leaves[one.entry]["sd"]]
            self.missing += len(texts) - len(promised)
            opened.setdefault(one.entry, []).extend(promised)
        return opened

    def _count_lost(self, leaves: Mapping[UUID, Mapping[str, Any]], there: set[tuple[UUID, str]]) -> None:
        """Count disclosures that the leaves promise to this reader and that are gone though nobody was erased."""
        lost = [
            holder
            for entry, leaf in leaves.items()
            for holder in holders_of(leaf, self._rules).must
            if (entry, holder) not in there and self._may_have(leaf, holder)
        ]
        if lost:
            erased = set(
                Entry.objects.filter(event=SUBJECT_SHREDDED.name, outcome="ok", subject__in=set(lost)).values_list(
                    "subject", flat=True
                )
            )
            self.missing += sum(holder not in erased for holder in lost)

    def _may_have(self, leaf: Mapping[str, Any], holder: str) -> bool:
        """Tell whether this export shows what is encrypted under a holder's key: the same rule as its query's."""
        if holder == leaf["subject"]:
            return self._export.disclose_subject_case
        return self._export.disclose_staff and leaf["actor"] == f"staff:{holder}"

    def _key(self, holder: str) -> Unsealer | None:
        known = self._keys.get(holder)
        if known is not None and known[1] > monotonic():
            return known[0]
        key: Unsealer | None
        try:
            key = self._unsealer(holder)
        except ShreddedError:
            key = None
        self._keys[holder] = key, monotonic() + CACHE_SECONDS
        return key

    def _unsealer(self, holder: str) -> Unsealer:
        if holder in self._tickets:
            try:
                return unsealer(holder, self._tickets[holder])
            except NoTicketError:
                pass  # a ticket serves for a time only
        with sides.atomic(durable=True):
            self._tickets[holder] = append(
                DISCLOSURES_OPENED,
                actor=self._actor,
                subject=holder,
                now=self._clock(),
                payload={"export": str(self._export.pk), "case": self._export.wanted.case or None},
            )
        return unsealer(holder, self._tickets[holder])
