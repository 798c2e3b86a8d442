"""The ways to append one entry: the office's, the driver's own, two hash chains, and the peers'."""

import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any

import psycopg

from .crews import Act
from .scratch import ROOT, peers_url

Paths = dict[str, Callable[[int], Act]]
SUBJECTS = 64
#: how many personal fields an entry has
DISCLOSURES = (0, 2, 4)
_VALUES = {
    "subject_name": "Layla Haddad of Sharjah",
    "reason": "The user asked why an automation stopped; one run is looked at.",
    "address": "2001:db8:85a3::8a2e:370:7334",
    "agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
}
_PAYLOAD = {"case": "HA-2026-000123", "kind": "workloads.logline", "item": "0" * 36, "ground": "agreement"}

#: the same columns, defaults and indexes as the log's own table, whatever these are by now; no guards, no partitions
RAW_TABLES = """
DROP TABLE IF EXISTS bench_raw, bench_chain, bench_chain_head;
CREATE TABLE bench_raw (LIKE audit_entry INCLUDING ALL);
ALTER TABLE bench_raw ADD sealed bytea;
CREATE TABLE bench_chain (LIKE audit_entry INCLUDING ALL);
ALTER TABLE bench_chain ADD place bigserial, ADD hash bytea;
CREATE INDEX bench_chain_place ON bench_chain (place);
CREATE TABLE bench_chain_head (sole boolean PRIMARY KEY DEFAULT true, hash bytea);
INSERT INTO bench_chain_head (hash) VALUES (sha256(''));
"""
_COLUMNS = "id, leaf, time, actor, event, outcome, subject, case_ref"
_RAW = f"INSERT INTO bench_raw ({_COLUMNS}, sealed) VALUES (%b, %b, %b, %b, %b, %b, %b, %b, %b)"
_CHAINED = f"INSERT INTO bench_chain ({_COLUMNS}, hash) VALUES (%b, %b, %b, %b, %b, %b, %b, %b, sha256(%b || %b))"
_WRITTEN = f"SELECT {_COLUMNS}, (SELECT sealed FROM audit_disclosure WHERE entry = id) FROM audit_entry WHERE id = %s"
_LOCK = "SELECT pg_advisory_xact_lock(7)"
_LAST = "SELECT hash FROM bench_chain ORDER BY place DESC LIMIT 1"
_HEAD = "SELECT hash FROM bench_chain_head FOR UPDATE"
_MOVE = "UPDATE bench_chain_head SET hash = sha256(hash || %b)"


def start_office() -> Callable[[], Paths]:
    """Set the office up in this process and return what a writer runs after the fork."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "omegaoffice.dev.settings"
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    from audit.log.event_types import declare

    event = declare("bench.entry.written", "", dict.fromkeys(_PAYLOAD, str), dict.fromkeys(_VALUES, "subject"))
    return lambda: _office_paths(event)


def _appending(event: Any, disclosures: int, number: int) -> Callable[[], Any]:
    """Return what appends one entry by the office's full path; the keys of its subjects have been fetched before."""
    from audit.log.actors import Actor
    from audit.log.append import append

    actor = Actor("staff", f"{number:032x}")
    subjects = [f"{number << 16 | place:032x}" for place in range(SUBJECTS)]
    personal = dict(list(_VALUES.items())[:disclosures])
    turn = count()

    def one() -> Any:
        subject, now = subjects[next(turn) % SUBJECTS], datetime.now(UTC)
        return append(event, actor=actor, subject=subject, now=now, payload=_PAYLOAD, personal=personal)

    for _ in subjects:
        one()
    return one


def _same_bytes(event: Any, disclosures: int, number: int) -> tuple[list[Any], bytes | None]:
    """Return the columns of an entry that the office's path wrote, without its id, and its sealed bytes."""
    from django.db import connections

    entry = _appending(event, disclosures, number)()
    with connections["auditor"].cursor() as cursor:
        cursor.execute(_WRITTEN, [entry])
        _, *row, sealed = cursor.fetchone()
    return [bytes(value) if isinstance(value, memoryview) else value for value in row], sealed and bytes(sealed)


def _chain_by_lock(cursor: Any, row: list[Any]) -> Act:
    from audit.log import uuid7

    def one() -> None:
        cursor.execute(_LOCK, prepare=True)
        last = cursor.execute(_LAST, prepare=True).fetchone()
        cursor.execute(_CHAINED, (uuid7.uuid7(datetime.now(UTC)), *row, last[0] if last else b"", row[0]), prepare=True)

    return one


def _chain_by_head(cursor: Any, row: list[Any]) -> Act:
    from audit.log import uuid7

    def one() -> None:
        last = cursor.execute(_HEAD, prepare=True).fetchone()
        cursor.execute(_CHAINED, (uuid7.uuid7(datetime.now(UTC)), *row, last[0], row[0]), prepare=True)
        cursor.execute(_MOVE, (row[0],), prepare=True)

    return one


def _office_paths(event: Any) -> Paths:
    from audit.log import uuid7
    from core import db
    from core.request_id import request_id

    db.use_role("worker").__enter__()
    request_id.set("0" * 32)
    cursor = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True).cursor()

    def in_transaction(one: Act) -> Act:
        def whole() -> None:
            with db.atomic():
                one()

        return whole

    def in_raw_transaction(one: Act) -> Act:
        def whole() -> None:
            cursor.execute("BEGIN")
            one()
            cursor.execute("COMMIT")

        return whole

    def raw(disclosures: int, number: int) -> Act:
        row, sealed = _same_bytes(event, disclosures, number)
        return lambda: cursor.execute(_RAW, (uuid7.uuid7(datetime.now(UTC)), *row, sealed), prepare=True)

    paths: Paths = {
        name: lambda number, link=link: in_raw_transaction(link(cursor, _same_bytes(event, 0, number)[0]))
        for name, link in {"chain, advisory lock": _chain_by_lock, "chain, locked head row": _chain_by_head}.items()
    }
    for many in DISCLOSURES:
        paths |= {
            f"raw {many}": lambda number, many=many: raw(many, number),
            f"raw tx {many}": lambda number, many=many: in_raw_transaction(raw(many, number)),
            f"office {many}": lambda number, many=many: _appending(event, many, number),
            f"office tx {many}": lambda number, many=many: in_transaction(_appending(event, many, number)),
        }
    return paths


def start_peers() -> Callable[[], Paths]:
    """Set the peers' project up in this process and return what a writer runs after the fork."""
    os.environ["BENCH_PEERS_URL"] = peers_url()
    os.environ["DJANGO_SETTINGS_MODULE"] = "logbench.peers.settings"
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from .peers import models

    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editor:
        for model in (models.Audited, models.Remembered, models.Remembered.history.model, models.Plain):
            editor.create_model(model)
    connection.close()
    return _peer_paths


def _peer_paths() -> Paths:
    from auditlog.signals import accessed

    from .peers.models import Audited, Plain, Remembered

    def fields(number: int) -> dict[str, Any]:
        return {"actor": f"staff:{number:032x}", "event": "bench.entry.written", "subject": "0" * 32, "text": "x" * 386}

    def created(model: Any) -> Callable[[int], Act]:
        def prepare(number: int) -> Act:
            values = fields(number)
            return lambda: model.objects.create(time=datetime.now(UTC), **values)

        return prepare

    def looked(number: int) -> Act:
        thing = Audited.objects.create(time=datetime.now(UTC), **fields(number))
        return lambda: accessed.send(Audited, instance=thing)

    return {
        "ORM create, no log": created(Plain),
        "django-auditlog, save": created(Audited),
        "django-auditlog, accessed": looked,
        "django-simple-history, save": created(Remembered),
    }
