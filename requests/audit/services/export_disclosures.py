"""What is personal in exported entries: opened for a reader who may have it, after a line for each person."""

from collections.abc import Iterable
from time import monotonic
from typing import NamedTuple
from uuid import UUID

import orjson
import structlog

from audit import sides
from audit.actors import parse
from audit.events import DISCLOSURES_OPENED
from audit.models import Export
from vault.errors import NoTicketError, SealBrokenError, ShreddedError
from vault.services import CACHE_SECONDS, Unsealer, unsealer

from .append import append
from .export_lease import Clock

_log = structlog.get_logger(__name__)


class Sealed(NamedTuple):
    """The sealed disclosures of one entry under one holder's key."""

    entry: UUID
    holder: str
    sealed: bytes


class Opener:
    """Opens disclosures for one export; a person whose key was destroyed has none, and nothing is said about it."""

    def __init__(self, export: Export, clock: Clock) -> None:
        self._export = export
        self._clock = clock
        self._actor = parse(export.asked_by)
        self._tickets: dict[str, UUID] = {}
        #: holder → what opens, None after a shred, and when to look again whether that still holds
        self._keys: dict[str, tuple[Unsealer | None, float]] = {}

    def open(self, found: Iterable[Sealed]) -> dict[UUID, list[str]]:
        """Return each entry's disclosures; call it outside of a transaction, since it commits lines."""
        opened: dict[UUID, list[str]] = {}
        for one in found:
            key = self._key(one.holder)
            if key is None:
                continue
            try:
                texts = orjson.loads(key.unseal(f"audit_disclosure.sealed:{one.entry}", one.sealed))
            except SealBrokenError:
                _log.warning("disclosure_does_not_open", entry=str(one.entry))
                continue
            opened.setdefault(one.entry, []).extend(texts)
        return opened

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
