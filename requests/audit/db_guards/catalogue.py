"""Compare functions, triggers and row-level security with the catalogue."""

from collections.abc import Mapping
from typing import Any

from core.db_objects import Function, Policy, Trigger

_TRIGGERS = """
SELECT c.relname, t.tgname, t.tgenabled::text, p.proname, t.tgtype::int, t.tgqual IS NULL
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
WHERE c.relnamespace = 'public'::regnamespace AND NOT t.tgisinternal
"""
_FUNCTIONS = """
SELECT proname, prosrc, prosecdef, coalesce(proconfig, '{}') FROM pg_proc WHERE pronamespace = 'public'::regnamespace
"""
_POLICIES = """
SELECT c.relname, p.polname, p.polcmd::text, p.polpermissive,
       coalesce((SELECT array_agg(r.rolname::text ORDER BY r.rolname)
                 FROM pg_roles r WHERE r.oid = ANY (p.polroles)), '{}'),
       coalesce(pg_get_expr(p.polqual, p.polrelid), '') || ' ' || coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '')
FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid WHERE c.relnamespace = 'public'::regnamespace
"""
_PARTITIONS = """
SELECT p.relname, c.relname, c.relrowsecurity
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent
WHERE p.relnamespace = 'public'::regnamespace AND p.relkind = 'p'
"""
_DEFAULT = """
SELECT p.partdefid <> 0, to_regclass('public.audit_entry_rest') IS NOT NULL
FROM pg_partitioned_table p WHERE p.partrelid = to_regclass('public.audit_entry')
"""
# Those of views are not among them.
_RULES = "SELECT tablename::text, rulename::text FROM pg_rules WHERE schemaname = 'public'"
_WITHOUT_ROW_SECURITY = """
SELECT relname FROM pg_class
WHERE relname = ANY (%s) AND relnamespace = 'public'::regnamespace AND NOT relrowsecurity
"""


def read_partitions(cursor: Any) -> dict[str, dict[str, bool]]:
    """Return table → partition → whether row-level security is on."""
    cursor.execute(_PARTITIONS)
    found: dict[str, dict[str, bool]] = {}
    for parent, part, secured in cursor.fetchall():
        found.setdefault(parent, {})[part] = secured
    return found


def restoring_default(cursor: Any) -> str:
    """Return the statement that puts back the log's partition for every other month; empty where it is there."""
    cursor.execute(_DEFAULT)
    present, detached = cursor.fetchone() or (True, False)
    if present:
        return ""
    if detached:
        return "ALTER TABLE audit_entry ATTACH PARTITION audit_entry_rest DEFAULT"
    return "CREATE TABLE audit_entry_rest PARTITION OF audit_entry DEFAULT"


def partition_differences(cursor: Any) -> list[str]:
    """Return a sentence where the default partition is missing: an entry of a month without one could not be written.

    Partitions of months are made as time goes by: `audit.log.partitions` knows which must be there.
    """
    missing = restoring_default(cursor)
    return ["partition audit_entry_rest, the default one of audit_entry, is missing"] if missing else []


def read_triggers(cursor: Any) -> dict[tuple[str, str], list[Any]]:
    """Return (table, trigger) → enabled, function, kind, whether it has no condition."""
    cursor.execute(_TRIGGERS)
    return {(table, name): rest for table, name, *rest in cursor.fetchall()}


def read_policies(cursor: Any) -> dict[tuple[str, str], list[Any]]:
    """Return (table, policy) → command, permissive, roles, rule as PostgreSQL prints it."""
    cursor.execute(_POLICIES)
    return {(table, name): rest for table, name, *rest in cursor.fetchall()}


def read_rules(cursor: Any) -> list[tuple[str, str]]:
    """Return (table, rule) of each statement that is rewritten; we declare none: one could drop what is inserted."""
    cursor.execute(_RULES)
    return sorted(cursor.fetchall())


def _compare(
    kind: str,
    declared: Mapping[tuple[str, str], Trigger] | Mapping[tuple[str, str], Policy],
    present: Mapping[tuple[str, str], list[Any]],
) -> list[str]:
    found = []
    for table, name in sorted(declared.keys() | present.keys()):
        wanted, state = declared.get((table, name)), present.get((table, name))
        if wanted is None:
            found.append(f"{kind} {name} on {table} was added")
        elif state is None:
            found.append(f"{kind} {name} on {table} is missing")
        elif not wanted.matches(state):
            found.append(f"{kind} {name} on {table} is not as declared")
    return found


def trigger_differences(cursor: Any, declared: Mapping[tuple[str, str], Trigger]) -> list[str]:
    """Return triggers that are missing, changed or added, those of a table for its partitions too; and added rules."""
    expected = dict(declared)
    for parent, parts in read_partitions(cursor).items():
        # Row triggers are cloned onto partitions by PostgreSQL, statement triggers by our own function.
        own = [(name, trigger) for (table, name), trigger in declared.items() if table == parent]
        expected |= {(part, name): trigger for part in parts for name, trigger in own}
    found = _compare("trigger", expected, read_triggers(cursor))
    return found + [f"rule {name} on {table} was added" for table, name in read_rules(cursor)]


def function_differences(cursor: Any, declared: Mapping[str, Function]) -> list[str]:
    """Return functions that are missing or changed, and added ones that run as their owner."""
    cursor.execute(_FUNCTIONS)
    # Several may share a name and differ in their arguments: each counts, or a second one would go unnoticed.
    present: dict[str, list[list[Any]]] = {}
    for name, *state in cursor.fetchall():
        present.setdefault(name, []).append(state)
    found = [
        f"function {name} is not as declared"
        for name, wanted in sorted(declared.items())
        if [wanted.matches(state) for state in present.get(name, [])] != [True]
    ]
    added = {name for name, states in present.items() if any(is_definer for _, is_definer, _ in states)}
    return found + [f"function {name} was added and runs as its owner" for name in sorted(added - declared.keys())]


def policy_differences(cursor: Any, declared: Mapping[tuple[str, str], Policy]) -> list[str]:
    """Return policies that are missing, changed or added, and tables on which row-level security is off."""
    found = _compare("policy", declared, read_policies(cursor))
    secured = sorted({table for table, _ in declared})
    cursor.execute(_WITHOUT_ROW_SECURITY, [secured])
    off = [name for (name,) in cursor.fetchall()]
    for parent, parts in read_partitions(cursor).items():
        if parent in secured:
            off += [part for part, is_secured in parts.items() if not is_secured]
    return found + [f"row-level security is off on {name}" for name in sorted(off)]
