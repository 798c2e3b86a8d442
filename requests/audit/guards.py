"""Compare the guards with the database's catalogue: what an owner's DDL can do is at least seen.

The log's own guards are compared to the letter. Row-level security of other rooms, which hand their SQL in with
`watch`, is compared by table, name, command, roles, and the words of each rule: PostgreSQL prints subqueries in
its own way.
"""

import re
from typing import Any

from . import schema

_TRIGGERS = """
SELECT c.relname, t.tgname, t.tgenabled::text, p.proname, t.tgtype::int, t.tgqual IS NULL
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
WHERE c.relnamespace = 'public'::regnamespace AND c.relname LIKE 'audit\\_%%' AND NOT t.tgisinternal
"""
_POLICIES = """
SELECT c.relname, p.polname, p.polcmd::text, p.polpermissive,
       coalesce((SELECT array_agg(r.rolname::text ORDER BY r.rolname)
                 FROM pg_roles r WHERE r.oid = ANY (p.polroles)), '{}'),
       coalesce(pg_get_expr(p.polqual, p.polrelid), '') || ' ' || coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '')
FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid WHERE c.relname = ANY (%s)
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
_GRANTS = """
SELECT c.relname, a.grantee::regrole::text, a.privilege_type
FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a
WHERE c.relnamespace = 'public'::regnamespace AND c.relname LIKE 'audit\\_%%' AND c.relkind IN ('r', 'p')
  AND a.grantee <> c.relowner AND a.privilege_type NOT IN ('SELECT', 'INSERT')
"""
#: the only rights beyond reading and adding that anybody but the owner may hold on the log
_ALLOWED = {
    ("audit_tile", "office_sequencer", "UPDATE"),
    ("audit_head", "office_sequencer", "UPDATE"),
    ("audit_pending", "office_sequencer", "DELETE"),
    *(("audit_export", role, "UPDATE") for role in ("office_staff", "office_worker", "office_auditor")),
    *(("audit_export_segment", role, "UPDATE") for role in ("office_worker", "office_auditor")),
    ("audit_disclosure", "office_worker", "DELETE"),
    ("audit_readertoken", "office_staff", "UPDATE"),
}
#: bits of pg_trigger.tgtype
_WHEN = {"FOR EACH ROW": 1, "BEFORE": 2, "INSERT": 4, "DELETE": 8, "UPDATE": 16, "TRUNCATE": 32}
_COMMANDS = {"SELECT": "r", "INSERT": "a", "UPDATE": "w", "DELETE": "d", "ALL": "*"}
_DECLARED = re.compile(
    r"CREATE POLICY (?P<name>\w+) ON (?P<table>\w+)\s+FOR (?P<command>\w+)"
    r"(?:\s+TO (?P<roles>[\w\s,]+?))?\s+(?P<rule>(?:USING|WITH CHECK)\b.*?)\s*(?=;|\Z)",
    re.DOTALL,
)
_SECURED = re.compile(r"ALTER TABLE (\w+) ENABLE ROW LEVEL SECURITY")
_watched: list[str] = []


def watch(sql: str) -> None:
    """Have the row-level security that `sql` declares (a room's migration text) compared as well."""
    _watched.append(sql)


def _plain(expression: str) -> str:
    """Drop what PostgreSQL adds when it prints an expression: casts, brackets, spaces, capitals."""
    return re.sub(r"::\w+|[\s()]|USING|WITH CHECK", "", expression).lower()


def _names(expression: str) -> set[str]:
    """Return the names of functions, settings and columns in a rule, without SQL's own words."""
    noise = {"select", "from", "where", "and", "using", "with", "check", "true", "null", "uuid", "text"}
    return set(re.findall(r"[a-z_]{4,}", expression.lower())) - noise


def _type_of(when: str) -> int:
    return sum(bit for word, bit in _WHEN.items() if word in when.replace("FOR EACH STATEMENT", ""))


def _trigger_differences(cursor: Any, partitions: list[str]) -> list[str]:
    cursor.execute(_TRIGGERS)
    present = {(table, name): tuple(rest) for table, name, *rest in cursor.fetchall()}
    expected = {(table, name): (function, _type_of(when)) for name, table, when, function in schema.TRIGGERS}
    for part in partitions:
        # Row triggers are cloned onto partitions by PostgreSQL, statement triggers by our own function.
        own = [(name, when, function) for name, table, when, function in schema.TRIGGERS if table == "audit_entry"]
        expected |= {(part, name): (function, _type_of(when)) for name, when, function in own}
    found = []
    for (table, name), (function, kind) in sorted(expected.items()):
        state = present.get((table, name))
        if state is None:
            found.append(f"trigger {name} on {table} is missing")
        elif state != ("A", function, kind, True):
            found.append(f"trigger {name} on {table} is not as declared, or not enabled always")
    return found


def _function_differences(cursor: Any) -> list[str]:
    cursor.execute(
        "SELECT proname, prosrc, prosecdef, coalesce(proconfig, '{}') FROM pg_proc "
        "WHERE proname = ANY (%s) AND pronamespace = 'public'::regnamespace",
        [list(schema.FUNCTIONS)],
    )
    present = {name: (body, definer, list(config)) for name, body, definer, config in cursor.fetchall()}
    found = []
    for name, (_, _, attributes, body) in sorted(schema.FUNCTIONS.items()):
        path = attributes.partition("SET search_path = ")[2]
        config = [f"search_path={path}"] if path else []
        if present.get(name) != (body, "SECURITY DEFINER" in attributes, config):
            found.append(f"function {name} is not as declared")
    return found


def _policy_differences(cursor: Any) -> list[str]:
    texts = [schema.create_policies(), *_watched]
    declared = {(m["table"], m["name"]): m for text in texts for m in _DECLARED.finditer(text)}
    secured = {table for text in texts for table in _SECURED.findall(text)}
    cursor.execute(_POLICIES, [sorted(secured)])
    present = {(table, name): rest for table, name, *rest in cursor.fetchall()}
    found = [f"policy {name} on {table} was added" for table, name in sorted(present.keys() - declared.keys())]
    for (table, name), wanted in sorted(declared.items()):
        state = present.get((table, name))
        if state is None:
            found.append(f"policy {name} on {table} is missing")
            continue
        command, permissive, roles, printed = state
        same = (
            command == _COMMANDS[wanted["command"]]
            and permissive
            and list(roles) == sorted(role.strip() for role in (wanted["roles"] or "").split(",") if role.strip())
            and _names(wanted["rule"]) <= _names(printed)
            and (table != "audit_entry" or _plain(printed) == _plain(wanted["rule"]))
        )
        if not same:
            found.append(f"policy {name} on {table} is not as declared")
    cursor.execute(
        "SELECT relname FROM pg_class WHERE relname = ANY (%s) AND relnamespace = 'public'::regnamespace "
        "AND NOT relrowsecurity",
        [sorted(secured)],
    )
    return found + [f"row-level security is off on {table}" for (table,) in cursor.fetchall()]


def _grant_differences(cursor: Any) -> list[str]:
    cursor.execute(_GRANTS)
    return [
        f"{privilege} on {table} was given to {role}"
        for table, role, privilege in sorted(cursor.fetchall())
        if (table, role, privilege) not in _ALLOWED
    ]


def differences(cursor: Any) -> list[str]:
    """Return what the catalogue says otherwise than is declared, each as a sentence; empty when all agrees."""
    cursor.execute(_PARTITIONS)
    partitions = dict(cursor.fetchall())
    found = _trigger_differences(cursor, sorted(partitions))
    found += _function_differences(cursor) + _policy_differences(cursor) + _grant_differences(cursor)
    found += [f"row-level security is off on {name}" for name, secured in sorted(partitions.items()) if not secured]
    cursor.execute(_ROLES)
    for role, powerful, owner in cursor.fetchall():
        if powerful:
            found.append(f"role {role} may do more than log in")
        if owner:
            found.append(f"role {role} owns a table")
    return found
