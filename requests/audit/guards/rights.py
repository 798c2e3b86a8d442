"""Compare who may do what with what the roof says: tables, columns, functions, and the roles themselves."""

from collections.abc import Iterable
from typing import Any, NamedTuple

_TABLES = """
SELECT c.relname, coalesce(r.rolname::text, 'PUBLIC'), a.privilege_type, ''
FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee
WHERE c.relnamespace = 'public'::regnamespace AND a.grantee <> c.relowner
UNION ALL
SELECT c.relname, coalesce(r.rolname::text, 'PUBLIC'), a.privilege_type, t.attname::text
FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid CROSS JOIN LATERAL aclexplode(t.attacl) a
LEFT JOIN pg_roles r ON r.oid = a.grantee
WHERE c.relnamespace = 'public'::regnamespace AND a.grantee <> c.relowner
"""
# A function without an access list may be called by everybody.
_FUNCTIONS = """
SELECT p.proname, coalesce(r.rolname::text, 'PUBLIC')
FROM pg_proc p CROSS JOIN LATERAL aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
LEFT JOIN pg_roles r ON r.oid = a.grantee
WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef AND a.grantee <> p.proowner
"""
_ROLES = """
SELECT r.rolname, r.rolsuper OR r.rolbypassrls OR r.rolcreaterole OR r.rolcreatedb,
       EXISTS (SELECT 1 FROM pg_class c WHERE c.relowner = r.oid AND c.relnamespace = 'public'::regnamespace),
       EXISTS (SELECT 1 FROM pg_auth_members m WHERE m.member = r.oid)
FROM pg_roles r WHERE r.rolname LIKE 'office\\_%%' AND r.rolname <> 'office_owner'
"""


class Right(NamedTuple):
    """One right: `column` is empty for the whole table."""

    table: str
    role: str
    privilege: str
    column: str = ""

    def __str__(self) -> str:
        place = f"{self.table}.{self.column}" if self.column else self.table
        return f"{self.privilege} on {place}"


def read_rights(cursor: Any) -> set[Right]:
    """Return every right on tables and columns that somebody other than the owner holds."""
    cursor.execute(_TABLES)
    return {Right(*row) for row in cursor.fetchall()}


def table_differences(cursor: Any, declared: Iterable[Right]) -> list[str]:
    """Return rights that were given beyond the declared ones, and declared ones that are missing."""
    present, wanted = read_rights(cursor), set(declared)
    return [
        *(f"{right} was given to {right.role}" for right in sorted(present - wanted)),
        *(f"{right} was taken from {right.role}" for right in sorted(wanted - present)),
    ]


def function_differences(cursor: Any, declared: Iterable[tuple[str, str]]) -> list[str]:
    """Compare who may call what runs as the owner; `declared` are pairs of function and role."""
    cursor.execute(_FUNCTIONS)
    present, wanted = set(cursor.fetchall()), set(declared)
    return [
        *(f"calling {name} was given to {role}" for name, role in sorted(present - wanted)),
        *(f"calling {name} was taken from {role}" for name, role in sorted(wanted - present)),
    ]


def role_differences(cursor: Any) -> list[str]:
    """Return what the running roles are that they must not be."""
    cursor.execute(_ROLES)
    found = []
    for role, powerful, owner, member in cursor.fetchall():
        if powerful:
            found.append(f"role {role} may do more than log in")
        if owner:
            found.append(f"role {role} owns a table")
        if member:
            found.append(f"role {role} has another role's rights")
    return found
