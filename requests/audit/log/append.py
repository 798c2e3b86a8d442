"""Append an entry in the transaction of the change that it records."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import orjson
import psycopg
from django.db.backends.base.base import BaseDatabaseWrapper

from audit.errors import EventFieldError
from core import db
from core.request_id import request_id
from vault.errors import KeyDestroyedError
from vault.services import encrypt

from . import canonical_json, disclosures, rfc3339, uuid7
from .actors import Actor
from .event_types import EventType, Outcome, broken_rule, get

#: %b sends bytes and ids in binary, not as hexadecimal text of twice the length
_ENTRY = """
INSERT INTO audit_entry (id, leaf, time, actor, event, outcome, subject, case_ref)
VALUES (%b, %b, %b, %b, %b, %b, %b, %b)
"""


@cache
def _statement(holders: int) -> str:
    """Return the statement that inserts an entry and `holders` disclosures: a constant text for each number."""
    if not holders:
        return _ENTRY
    rows = ", ".join(["(%b, %b, %b)"] * holders)
    return f"WITH e AS ({_ENTRY}) INSERT INTO audit_disclosure (entry, holder, sealed) VALUES {rows}"


#: a cursor for each of Django's connections, reused until it reconnects
_cursors: WeakKeyDictionary[BaseDatabaseWrapper, Any] = WeakKeyDictionary()


def _cursor(connection: BaseDatabaseWrapper) -> Any:
    """Return a cursor that binds values on the server, so that PostgreSQL keeps the statement prepared.

    Django's own writes values into the text: a new statement to parse and plan for every entry. The cursor is reused
    because looking up each type's adapter costs as much as encoding a leaf.
    """
    if connection.connection is None:
        connection.ensure_connection()
    cursor = _cursors.get(connection)
    if cursor is None or cursor.connection is not connection.connection:
        cursor = _cursors[connection] = psycopg.Cursor(connection.connection)
    return cursor


def _send(holders: int, parameters: list[Any]) -> None:
    """Write an entry and its disclosures in one round trip, with Django's error classes and query log."""
    connection, text = db.connection(), _statement(holders)
    cursor = _cursor(connection)
    if connection.queries_logged or connection.execute_wrappers:
        connection.make_debug_cursor(cursor).execute(text, parameters)
        return
    connection.validate_no_broken_transaction()
    with connection.wrap_database_errors:
        cursor.execute(text, parameters)


def _check_fields(event: EventType, payload: Mapping[str, Any], personal: Mapping[str, Any]) -> None:
    if get(event.name) is not event:
        raise EventFieldError(event.name, "event", "is not the registered type")
    for name, value in payload.items():
        kind = event.payload.get(name)
        if kind is None:
            raise EventFieldError(event.name, name, "is not in the event's payload")
        if value is not None and (rule := broken_rule(kind, value)):
            raise EventFieldError(event.name, name, rule)
    for name in event.payload:
        if name not in payload:
            raise EventFieldError(event.name, name, "is missing")
    for name in personal:
        if name not in event.personal:
            raise EventFieldError(event.name, name, "is not among the event's personal fields")


def _check_columns(event: EventType, **columns: str | None) -> None:
    # JSON may hold U+0000, PostgreSQL's text may not.
    for name, value in columns.items():
        if isinstance(value, str) and "\0" in value:
            raise EventFieldError(event.name, name, "holds the character U+0000")


def _disclose(
    event: EventType, actor: Actor, subject: str | None, personal: Mapping[str, Any]
) -> tuple[list[str], dict[str, list[str]]]:
    """Return the sorted digests, and each holder's disclosures."""
    digests: list[str] = []
    by_holder: dict[str, list[str]] = {}
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
            by_holder.setdefault(holder, []).append(disclosure)
    return sorted(digests), by_holder


def _encrypted(entry_id: UUID, entry_text: str, by_holder: Mapping[str, list[str]]) -> list[tuple[UUID, str, bytes]]:
    """Return entry, holder and encrypted disclosures; an erased holder gets none, only the digests in the leaf."""
    found = []
    for holder, disclosed in sorted(by_holder.items()):
        try:
            blob = encrypt(holder, f"audit_disclosure.sealed:{entry_text}", orjson.dumps(disclosed))
        except KeyDestroyedError:
            continue
        found.append((entry_id, holder, blob))
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

    `payload` is kept in the leaf for ever and must hold nothing personal and no text that a person typed; `personal`
    is encrypted under the key of its holder and can be erased. Raises EventFieldError for a field that the type does
    not allow, CanonicalError for a value outside the schema; either way the transaction must roll back.
    """
    payload, personal = payload or {}, personal or {}
    actor_text, case_ref = str(actor), payload.get("case")
    _check_columns(event, actor=actor_text, subject=subject, case=case_ref)
    _check_fields(event, payload, personal)
    entry_id = uuid7.uuid7(now)
    entry_text = str(entry_id)
    digests, by_holder = _disclose(event, actor, subject, personal)
    leaf = canonical_json.encode(
        {
            "version": 1,
            "id": entry_text,
            "time": rfc3339.write(now),
            "actor": actor_text,
            "event": event.name,
            "event_version": event.version,
            "outcome": outcome,
            "subject": subject,
            "request": request_id.get(),
            "payload": payload,
            "sd": digests,
        }
    )
    parameters: list[Any] = [entry_id, leaf, now, actor_text, event.name, outcome, subject, case_ref]
    rows = _encrypted(entry_id, entry_text, by_holder)
    for row in rows:
        parameters += row
    _send(len(rows), parameters)
    return entry_id
