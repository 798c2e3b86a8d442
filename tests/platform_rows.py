"""Restricted rows for all tests, committed: the platform's as ingest leaves them, letters, sign-in sessions."""

import secrets
import uuid
from datetime import timedelta

import orjson

from core import db
from vault.services import encrypt

#: table → clear columns and their values, and what is encrypted
SHAPES = {
    "workloads_app": ({"provider": "aws", "region": "me-central-1"}, {"name": "shop"}),
    "workloads_usagerecord": (
        {"app": None, "resource": "compute.small", "quantity": "1.5", "unit": "hour"},
        None,
    ),
    "workloads_metric": ({"app": None, "name": "latency.p95", "value": 41.5, "unit": "ms"}, None),
    "workloads_command": ({"app": None}, {"command": "omega run deploy shop", "exit_code": 0}),
    "workloads_logline": (
        {"app": uuid.UUID(int=7), "level": "error"},
        {"text": "canary-log-text: payment of Layla failed"},
    ),
    "workloads_webvisit": (
        {},
        {"address": "203.0.113.7", "browser": "canary-browser", "path": "/apps", "status": 200, "method": "GET"},
    ),
    "connections_automation": (
        {"is_on": True, "scopes": ["gmail.readonly", "spreadsheets"]},
        {
            "name": "Invoices to sheet",
            "trigger": "mail with label invoices",
            "actions": ["read the mail", "append a row"],
            "destinations": ["sheet 2026"],
        },
    ),
    "connections_run": (
        {"automation": uuid.UUID(int=9), "outcome": "succeeded"},
        {"details": "3 mails read, 3 rows written"},
    ),
    "connections_transfer": (
        {"automation": uuid.UUID(int=9), "kind": "file", "digest": "0123abcd.00000000000000000000000000000001"},
        {"destination": "sheet 2026"},
    ),
}


def put_row(table, subject, at, *, item=None, sealed=None, **clear):
    """Insert one committed row of `table` about `subject` (a reference) and return its id."""
    if table in OWN:
        return OWN[table](subject, at, **clear)
    item = item or uuid.uuid4()
    columns, content = SHAPES[table]
    values = {"id": item, "subject": subject, "occurred_at": at, **columns, **clear}
    if content is not None:
        blob = encrypt(subject, f"{table}.sealed:{item}", orjson.dumps(content | (sealed or {})))
        values["sealed"] = blob
    with db.use_role("ingest"), db.atomic(), db.connection().cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join(['%s'] * len(values))})",
            list(values.values()),
        )
    return item


def _insert(role, table, values):
    with db.use_role(role), db.atomic(), db.connection().cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join(['%s'] * len(values))}) RETURNING id",
            list(values.values()),
        )
        return cursor.fetchone()[0]


def put_letter(subject, at, text="canary-letter", **changes):
    item = uuid.uuid4()
    fields = {"kind": "rights.receipt", "case_ref": "", "subject_line": "We have your request", **changes}
    blob = encrypt(subject, f"inbox_letter.sealed:{item}", text.encode())
    more = {"sealed": blob, "written_at": at, "mail_state": "sent", "mail_attempts": 1}
    return _insert("worker", "inbox_letter", {"id": item, "subject": subject, **fields, **more})


def put_session(subject, at, ip="203.0.113.7", user_agent="canary-agent"):
    with db.use_role("worker"), db.connection().cursor() as cursor:
        cursor.execute("SELECT id FROM identity_user WHERE reference = %s", [subject])
        (person,) = cursor.fetchone()
    more = {"last_seen_at": at, "session_key": secrets.token_hex(20), "user_agent": user_agent, "data": "{}"}
    row = {"user_id": person, "created_at": at, "ip": ip, **more}
    return uuid.UUID(int=_insert("default", "usersessions_usersession", row))


#: tables whose rows are not the platform's
OWN = {"inbox_letter": put_letter, "usersessions_usersession": put_session}


def put_rows(table, subject, at, count, **clear):
    """Insert `count` rows a second apart and return their ids."""
    return [put_row(table, subject, at + timedelta(seconds=n), **clear) for n in range(count)]
