"""Append one entry, in the transaction of the change that it records."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from audit import canonical, disclosures, ids, sides, times
from audit.actors import Actor
from audit.context import request_id
from audit.errors import EventFieldError
from audit.registry import EventType, Outcome, get
from vault.errors import ShreddedError
from vault.services import seal

_ENTRY = """
INSERT INTO audit_entry (id, leaf, time, actor, event, outcome, subject, case_ref)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""
_WITH_DISCLOSURES = f"WITH e AS ({_ENTRY}) INSERT INTO audit_disclosure (entry, holder, sealed) VALUES "


def _check_fields(event: EventType, payload: Mapping[str, Any], personal: Mapping[str, Any]) -> None:
    if get(event.name) is not event:
        raise EventFieldError(event.name, "event", "is not the registered type")
    for name, value in payload.items():
        kind = event.payload.get(name)
        if kind is None:
            raise EventFieldError(event.name, name, "is not in the event's payload")
        if value is not None and not isinstance(value, kind):
            raise EventFieldError(event.name, name, "has a value of another kind")
    for name in event.payload:
        if name not in payload:
            raise EventFieldError(event.name, name, "is missing")
    for name in personal:
        if name not in event.personal:
            raise EventFieldError(event.name, name, "is not among the event's personal fields")


def _disclose(
    event: EventType, actor: Actor, subject: str | None, personal: Mapping[str, Any]
) -> tuple[list[str], dict[str, list[str]]]:
    """Return the sorted digests, and each holder's disclosures."""
    digests: list[str] = []
    held: dict[str, list[str]] = {}
    for name, value in personal.items():
        if value is None or value == "":
            continue
        disclosure, digest = disclosures.make(name, value)
        digests.append(digest)
        rule = event.personal[name]
        holders = set()
        if rule in {"subject", "both"} and subject:
            holders.add(subject)
        if rule in {"actor", "both"} and actor.is_person:
            holders.add(actor.reference)
        for holder in holders:
            held.setdefault(holder, []).append(disclosure)
    return sorted(digests), held


def _sealed(entry_id: UUID, held: Mapping[str, list[str]]) -> list[Any]:
    """Return entry, holder and sealed disclosures, flat; of an erased holder only the digests in the leaf stay."""
    found: list[Any] = []
    for holder, disclosed in sorted(held.items()):
        try:
            blob = seal(holder, f"audit_disclosure.sealed:{entry_id}", orjson.dumps(disclosed))
        except ShreddedError:
            continue
        found += [entry_id, holder, blob]
    return found


def append(
    event: EventType,
    *,
    actor: Actor,
    subject: str | None,
    now: datetime,
    payload: Mapping[str, Any] | None = None,
    personal: Mapping[str, Any] | None = None,
    outcome: Outcome = "ok",
) -> UUID:
    """Append one entry and return its id; call it inside the transaction of the change.

    `payload` stands in the leaf for ever and must hold nothing personal; `personal` is sealed under the
    key of its holder and can be erased. Raises EventFieldError for a field that the type does not allow,
    CanonicalError for a value outside the schema; either way the transaction must roll back.
    """
    payload, personal = payload or {}, personal or {}
    _check_fields(event, payload, personal)
    entry_id = ids.uuid7(now)
    digests, held = _disclose(event, actor, subject, personal)
    case_ref = payload.get("case")
    leaf = canonical.encode(
        {
            "version": 1,
            "id": str(entry_id),
            "time": times.write(now),
            "actor": str(actor),
            "event": event.name,
            "event_version": event.version,
            "outcome": outcome,
            "subject": subject,
            "request": request_id.get(),
            "payload": payload,
            "sd": digests,
        }
    )
    parameters: list[Any] = [entry_id, leaf, now, str(actor), event.name, outcome, subject, case_ref]
    sql = _ENTRY
    if sealed := _sealed(entry_id, held):
        sql = _WITH_DISCLOSURES + ", ".join(["(%s, %s, %s)"] * (len(sealed) // 3))
        parameters += sealed
    with sides.connection().cursor() as cursor:
        cursor.execute(sql, parameters)
    return entry_id
