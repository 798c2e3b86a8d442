"""Compare who may do what with what is declared: tables, columns, functions, and the roles themselves."""

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
#: what a role's own ALTER ROLE can change (its settings), and what only others can
_ROLES = """
SELECT r.rolname, r.rolsuper OR r.rolbypassrls OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication,
       EXISTS (SELECT 1 FROM pg_class c WHERE c.relowner = r.oid AND c.relnamespace = 'public'::regnamespace),
       EXISTS (SELECT 1 FROM pg_auth_members m WHERE m.member = r.oid),
       ARRAY(SELECT m.rolname::text FROM pg_auth_members a JOIN pg_roles m ON m.oid = a.member
             WHERE a.roleid = r.oid AND NOT m.rolsuper
               AND m.oid <> (SELECT d.datdba FROM pg_database d WHERE d.datname = current_database())
             ORDER BY 1),
       NOT r.rolcanlogin OR r.rolconnlimit <> -1 OR coalesce(r.rolvaliduntil, 'infinity') <> 'infinity'
FROM pg_roles r WHERE r.rolname LIKE 'office\\_%%' AND r.rolname <> 'office_owner' ORDER BY 1
"""
_SETTINGS = """
SELECT coalesce(r.rolname::text, 'everybody'), CASE s.setdatabase WHEN 0 THEN '' ELSE ' in this database' END,
       split_part(given, '=', 1)
FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = s.setrole CROSS JOIN LATERAL unnest(s.setconfig) given
WHERE (s.setrole = 0 OR r.rolname LIKE 'office\\_%%')
  AND s.setdatabase IN (0, (SELECT d.oid FROM pg_database d WHERE d.datname = current_database()))
ORDER BY 1, 2, 3
"""


class Right(NamedTuple):
    """One right of a role on a table; `column` is empty for the whole table."""

    table: str
    role: str
    privilege: str
    column: str = ""

    def __str__(self) -> str:
        column = f".{self.column}" if self.column else ""
        return f"{self.privilege} on {self.table}{column}"


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


def call_differences(cursor: Any, declared: Iterable[tuple[str, str]]) -> list[str]:
    """Compare who may call what runs as the owner; `declared` are pairs of function and role."""
    cursor.execute(_FUNCTIONS)
    present, wanted = set(cursor.fetchall()), set(declared)
    return [
        *(f"calling {name} was given to {role}" for name, role in sorted(present - wanted)),
        *(f"calling {name} was taken from {role}" for name, role in sorted(wanted - present)),
    ]


def role_differences(cursor: Any) -> list[str]:
    """Return attributes and memberships that running roles must not have, and settings made for their connections."""
    cursor.execute(_ROLES)
    found = []
    for role, powerful, owner, member, members, hindered in cursor.fetchall():
        if powerful:
            found.append(f"role {role} may do more than log in")
        if owner:
            found.append(f"role {role} owns a table")
        if member:
            found.append(f"role {role} has another role's rights")
        found += [f"role {other} has the rights of role {role}" for other in members]
        if hindered:
            found.append(f"role {role} may not log in at any time and as often as it has to")
    cursor.execute(_SETTINGS)
    return found + [f"{setting} was set for {role}{where}" for role, where, setting in cursor.fetchall()]
