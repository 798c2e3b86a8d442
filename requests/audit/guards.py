"""Compare the log's guards with the database's catalogue: what an owner's DDL can do is at least seen."""

import re
from typing import Any

from . import schema

_TRIGGERS = """
SELECT c.relname, t.tgname, t.tgenabled::text, p.proname
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
WHERE c.relnamespace = 'public'::regnamespace AND c.relname LIKE 'audit\\_%%' AND NOT t.tgisinternal
"""
_POLICIES = """
SELECT c.relname, p.polname, pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)
FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid WHERE c.relname = 'audit_entry'
"""
_PARTITIONS = """
SELECT c.relname, c.relrowsecurity FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'public.audit_entry'::regclass
"""
_ROLES = """
SELECT r.rolname, r.rolsuper OR r.rolbypassrls OR r.rolcreaterole OR r.rolcreatedb,
       EXISTS (SELECT 1 FROM pg_class c WHERE c.relowner = r.oid AND c.relnamespace = 'public'::regnamespace)
FROM pg_roles r WHERE r.rolname LIKE 'office\\_%%' AND r.rolname <> 'office_owner'
"""


def _plain(expression: str | None) -> str:
    """Drop what PostgreSQL adds when it prints an expression: casts, brackets, spaces, capitals."""
    return re.sub(r"::\w+|[\s()]", "", expression or "").lower()


def _trigger_differences(cursor: Any, partitions: list[str]) -> list[str]:
    cursor.execute(_TRIGGERS)
    present = {(table, name): (enabled, function) for table, name, enabled, function in cursor.fetchall()}
    expected = {(table, name): function for name, table, _, function in schema.TRIGGERS}
    for part in partitions:
        # Row triggers are cloned onto partitions by PostgreSQL, statement triggers by our own function.
        expected |= {(part, name): function for name, table, _, function in schema.TRIGGERS if table == "audit_entry"}
    found = []
    for (table, name), function in sorted(expected.items()):
        state = present.get((table, name))
        if state is None:
            found.append(f"trigger {name} on {table} is missing")
        elif state != ("A", function):
            found.append(f"trigger {name} on {table} is not enabled always, or calls another function")
    return found


def _function_differences(cursor: Any) -> list[str]:
    cursor.execute(
        "SELECT proname, prosrc, prosecdef FROM pg_proc WHERE proname = ANY (%s) "
        "AND pronamespace = 'public'::regnamespace",
        [list(schema.FUNCTIONS)],
    )
    present = {name: (body, definer) for name, body, definer in cursor.fetchall()}
    return [
        f"function {name} is not as declared"
        for name, (_, _, attributes, body) in sorted(schema.FUNCTIONS.items())
        if present.get(name) != (body, "SECURITY DEFINER" in attributes)
    ]


def _policy_differences(cursor: Any) -> list[str]:
    cursor.execute(_POLICIES)
    present = {name: _plain(using) + _plain(check) for _, name, using, check in cursor.fetchall()}
    expected = {name: _plain(re.split(r"USING|WITH CHECK", rule, maxsplit=1)[1]) for name, _, rule in schema.POLICIES}
    found = [f"policy {name} is not as declared" for name in sorted(expected) if present.get(name) != expected[name]]
    return found + [f"policy {name} was added" for name in sorted(present.keys() - expected.keys())]


def differences(cursor: Any) -> list[str]:
    """Return what the catalogue says otherwise than `schema` declares, each as a sentence; empty when all agrees."""
    cursor.execute(_PARTITIONS)
    partitions = dict(cursor.fetchall())
    found = _trigger_differences(cursor, sorted(partitions))
    found += _function_differences(cursor) + _policy_differences(cursor)
    found += [f"row-level security is off on {name}" for name, secured in sorted(partitions.items()) if not secured]
    cursor.execute("SELECT relrowsecurity FROM pg_class WHERE oid = 'public.audit_entry'::regclass")
    if not cursor.fetchone()[0]:
        found.append("row-level security is off on audit_entry")
    cursor.execute(_ROLES)
    for role, powerful, owner in cursor.fetchall():
        if powerful:
            found.append(f"role {role} may do more than log in")
        if owner:
            found.append(f"role {role} owns a table")
    return found
