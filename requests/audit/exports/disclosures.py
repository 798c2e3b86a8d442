"""Decrypt the personal fields of exported entries, after an entry in the log for each person."""

from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any, NamedTuple
from uuid import UUID

import structlog

from audit.log import event_types
from audit.log.actors import parse
from audit.log.append import append
from audit.log.disclosure_holders import holders_of
from audit.log.disclosures import digest
from audit.log.events import DISCLOSURES_OPENED, SUBJECT_SHREDDED
from audit.log.models import Entry
from audit.log.read_disclosure import decrypt_disclosure
from core import db
from core.errors import DecryptionError, NotAuthorisedError
from core.leases import Clock
from vault.errors import KeyDestroyedError
from vault.services import CACHE_SECONDS, Decryptor, decryptor

from .models import Export

_log = structlog.get_logger(__name__)


class EncryptedFields(NamedTuple):
    """The disclosures of one entry, encrypted under one holder's key."""

    entry: UUID
    holder: str
    encrypted: bytes


class DisclosureDecryptor:
    """Decrypts disclosures for one export; a person whose key was destroyed has none, which is no fault.

    `missing` counts disclosures that are not there, cannot be decrypted, or do not match the digests in the leaf.
    """

    def __init__(self, export: Export, clock: Clock) -> None:
        self._export = export
        self._clock = clock
        self._actor = parse(export.asked_by)
        self._authorisations: dict[str, UUID] = {}
        #: holder → decryptor (None after crypto-shredding), and the time (monotonic) until which it is cached
        self._keys: dict[str, tuple[Decryptor | None, float]] = {}
        self._rules = event_types.personal_rules()
        self.missing = 0

    def decrypt(
        self, leaves: Mapping[UUID, Mapping[str, Any]], encrypted: Sequence[EncryptedFields]
    ) -> dict[UUID, list[str]]:
        """Return the disclosures of entries (id → leaf); call it outside a transaction: it commits entries."""
        self._count_lost(leaves, {(one.entry, one.holder) for one in encrypted})
        disclosures: dict[UUID, list[str]] = {}
        for one in encrypted:
            key = self._key(one.holder)
            if key is None:
                continue
            try:
                texts = decrypt_disclosure(one.entry, one.encrypted, key)
            except DecryptionError:
                _log.warning("disclosure_does_not_open", entry=str(one.entry))
                self.missing += 1
                continue
            matching = [text for text in texts if digest(text) in leaves[one.entry]["sd"]]
            self.missing += len(texts) - len(matching)
            disclosures.setdefault(one.entry, []).extend(matching)
        return disclosures

    def _count_lost(self, leaves: Mapping[UUID, Mapping[str, Any]], present: set[tuple[UUID, str]]) -> None:
        """Count disclosures that the leaves announce and that are gone, though their holder was not erased."""
        lost = [
            holder
            for entry, leaf in leaves.items()
            for holder in holders_of(leaf, self._rules).must
            if (entry, holder) not in present and self._may_have(leaf, holder)
        ]
        if lost:
            erased = set(
                Entry.objects.filter(event=SUBJECT_SHREDDED.name, outcome="ok", subject__in=set(lost)).values_list(
                    "subject", flat=True
                )
            )
            self.missing += sum(holder not in erased for holder in lost)

    def _may_have(self, leaf: Mapping[str, Any], holder: str) -> bool:
        """Return whether this export includes what is encrypted under a holder's key: the rule of its query."""
        if holder == leaf["subject"]:
            return self._export.disclose_subject_case
        return self._export.disclose_staff and leaf["actor"] == f"staff:{holder}"

    def _key(self, holder: str) -> Decryptor | None:
        known = self._keys.get(holder)
        if known is not None and known[1] > monotonic():
            return known[0]
        key: Decryptor | None
        try:
            key = self._decryptor(holder)
        except KeyDestroyedError:
            key = None
        self._keys[holder] = key, monotonic() + CACHE_SECONDS
        return key

    def _decryptor(self, holder: str) -> Decryptor:
        if holder in self._authorisations:
            try:
                return decryptor(holder, self._authorisations[holder])
            except NotAuthorisedError:
                pass  # the authorisation has expired
        with db.atomic(durable=True):
            self._authorisations[holder] = append(
                DISCLOSURES_OPENED,
                actor=self._actor,
                subject=holder,
                now=self._clock(),
                payload={"export": str(self._export.pk), "case": self._export.wanted.case or None},
            )
        return decryptor(holder, self._authorisations[holder])
