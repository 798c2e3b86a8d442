"""Statements by hand as one database role, and the entries that such a thief forges."""

from datetime import UTC, datetime
from uuid import UUID

import psycopg
from django.db import connections

from audit.log import canonical_json, rfc3339, uuid7
from omegaoffice.settings.databases import ROLE_OF_ALIAS

ALIAS_OF_ROLE = {role: alias for alias, role in ROLE_OF_ALIAS.items()} | {"office_owner": "owner"}
_INSERT = "INSERT INTO audit_entry ({}) VALUES ({})"


class Thief:
    """A plain connection as a role, outside Django; each statement commits by itself until `BEGIN`."""

    def __init__(self, role):
        self.role = role
        params = connections[ALIAS_OF_ROLE[role]].get_connection_params()
        wanted = ("host", "port", "dbname", "user", "password")
        self.connection = psycopg.connect(
            **{name: params[name] for name in wanted if params.get(name)}, autocommit=True
        )

    def run(self, statement, *values):
        """Run one statement and return its rows, None where it returns none."""
        found = self.connection.execute(statement, values or None)
        return found.fetchall() if found.description else None

    def fails(self, statement, *values):
        """Run one statement that must be refused, and return the database's sentence."""
        try:
            found = self.run(statement, *values)
        except psycopg.Error as error:
            return str(error)
        raise AssertionError(f"{self.role}: {statement} gave {found}")

    def claim(self, **settings):
        """Set `office.<name>` for the session, as anybody may."""
        for name, value in settings.items():
            self.run("SELECT set_config(%s, %s, false)", f"office.{name}", str(value))

    def forge(self, event, *, subject, actor, payload=None, at=None, in_leaf=None, columns=None):
        """Insert an entry and return its id; `in_leaf` overrides fields of its leaf, `columns` columns."""
        at = at or datetime.now(UTC)
        entry = uuid7.uuid7(at)
        facts = {"id": str(entry), "time": rfc3339.write(at), "actor": actor, "event": event, "outcome": "ok"}
        leaf = {
            **facts,
            "subject": subject,
            "version": 1,
            "event_version": 1,
            "request": "",
            "payload": payload or {},
            "sd": [],
        } | (in_leaf or {})
        values = {
            **facts,
            "time": at,
            "leaf": canonical_json.encode(leaf),
            "subject": subject,
            "case_ref": (payload or {}).get("case"),
        } | (columns or {})
        self.run(_INSERT.format(", ".join(values), ", ".join(["%s"] * len(values))), *values.values())
        return UUID(str(values["id"]))


def entries(event):
    """Return how many entries of an event are committed."""
    with connections["auditor"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_entry WHERE event = %s", [event])
        return cursor.fetchone()[0]
