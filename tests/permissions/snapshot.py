"""What the database holds, row by row, and what was changed in it."""

import os
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.db import connections
from psycopg import sql

Snapshot = dict[str, dict[str, dict[str, Any]]]


def take() -> Snapshot:
    """Return table → key → row, of the data and of the vault; read by a superuser, from whom no row is hidden."""
    found: Snapshot = {}
    for alias in ("default", "vault"):
        name = connections[alias].settings_dict["NAME"]
        url = urlunsplit(urlsplit(os.environ["OFFICE_TEST_ADMIN_URL"])._replace(path=f"/{name}"))
        with psycopg.connect(url) as connection:
            tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            for (table,) in tables:
                rows = connection.execute(
                    sql.SQL("SELECT to_jsonb(row) FROM {} AS row").format(sql.Identifier(table))
                ).fetchall()
                found[table] = {
                    str(row.get("id") or row.get("session_key") or list(row.values())): row for (row,) in rows
                }
    return found


def changes(before: Snapshot, after: Snapshot) -> set[str]:
    """Return `+table` for new rows, `-table` for rows that went, `table.column` for what has another value."""
    found = set()
    for table in before.keys() | after.keys():
        old, new = before.get(table, {}), after.get(table, {})
        found |= {f"+{table}" for _ in new.keys() - old.keys()} | {f"-{table}" for _ in old.keys() - new.keys()}
        for key in old.keys() & new.keys():
            found |= {f"{table}.{name}" for name in new[key] if new[key][name] != old[key][name]}
    return found
