"""Compare functions, triggers and row-level security with the catalogue."""

import re
from typing import Any

from .declared import Declared, Policy

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
_COMMANDS = {"SELECT": "r", "INSERT": "a", "UPDATE": "w", "DELETE": "d", "ALL": "*"}


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
    """Return what is said of a log without its default partition: an entry of a month without one could not be written.

    Partitions of months are made as time goes by: `services.partitions` knows which must be there.
    """
    return (
        ["partition audit_entry_rest, the default one of audit_entry, is missing"] if restoring_default(cursor) else []
    )


def read_triggers(cursor: Any) -> dict[tuple[str, str], tuple[Any, ...]]:
    """Return (table, trigger) → enabled, function, kind, whether it has no condition."""
    cursor.execute(_TRIGGERS)
    return {(table, name): tuple(rest) for table, name, *rest in cursor.fetchall()}


def read_policies(cursor: Any) -> dict[tuple[str, str], list[Any]]:
    """Return (table, policy) → command, permissive, roles, rule as PostgreSQL prints it."""
    cursor.execute(_POLICIES)
    return {(table, name): rest for table, name, *rest in cursor.fetchall()}


def read_rules(cursor: Any) -> list[tuple[str, str]]:
    """Return (table, rule) of each statement that is rewritten; we declare none: one could drop what is inserted."""
    cursor.execute(_RULES)
    return sorted(cursor.fetchall())


def trigger_differences(cursor: Any, declared: Declared) -> list[str]:
    """Return triggers that are missing, changed or added, those of a table for its partitions too; and added rules."""
    present = read_triggers(cursor)
    expected = dict(declared.triggers)
    for parent, parts in read_partitions(cursor).items():
        # Row triggers are cloned onto partitions by PostgreSQL, statement triggers by our own function.
        own = [(name, trigger) for (table, name), trigger in declared.triggers.items() if table == parent]
        expected |= {(part, name): trigger for part in parts for name, trigger in own}
    found = []
    for (table, name), trigger in sorted(expected.items()):
        state = present.get((table, name))
        if state is None:
            found.append(f"trigger {name} on {table} is missing")
        elif state != ("A" if trigger.is_always else "O", trigger.function, trigger.kind, True):
            found.append(f"trigger {name} on {table} is not as declared, or not enabled always")
    found += [f"trigger {name} on {table} was added" for table, name in sorted(present.keys() - expected.keys())]
    return found + [f"rule {name} on {table} was added" for table, name in read_rules(cursor)]


def function_differences(cursor: Any, declared: Declared) -> list[str]:
    """Return functions that are missing or changed, and added ones that run as their owner."""
    cursor.execute(_FUNCTIONS)
    # Several may share a name and differ in their arguments: each counts, or a second one would hide behind the first.
    present: dict[str, list[tuple[str, bool, tuple[str, ...]]]] = {}
    for name, body, definer, config in cursor.fetchall():
        present.setdefault(name, []).append((body, definer, tuple(config)))
    found = [
        f"function {name} is not as declared"
        for name, wanted in sorted(declared.functions.items())
        if present.get(name) != [(wanted.body, wanted.is_definer, wanted.config)]
    ]
    added = {name for name, each in present.items() if any(definer for _, definer, _ in each)}
    added -= declared.functions.keys()
    return found + [f"function {name} was added and runs as its owner" for name in sorted(added)]


def _plain(expression: str) -> str:
    """Drop what PostgreSQL adds when it prints an expression: casts, brackets, spaces, capitals."""
    return re.sub(r"::\w+|[\s()]|USING|WITH CHECK", "", expression).lower()


def _names(expression: str) -> set[str]:
    """Return the names of functions, settings and columns in a rule, without SQL's own words."""
    noise = {"select", "from", "where", "and", "using", "with", "check", "true", "null", "uuid", "text"}
    return set(re.findall(r"[a-z_]{4,}", expression.lower())) - noise


def _openings(expression: str) -> list[str]:
    """Return what could open a rule without a new name in it: literals, and the words that widen or turn a condition.

    PostgreSQL prints each as often as it was written.
    """
    return sorted(re.findall(r"'[^']*'|<>|!=|\b(?:or|not|true)\b", expression.lower()))


def _is_declared(wanted: Policy, state: list[Any]) -> bool:
    command, permissive, roles, printed = state
    return (
        command == _COMMANDS[wanted.command]
        and permissive
        and tuple(roles) == wanted.roles
        and _names(wanted.rule) <= _names(printed)
        and _openings(wanted.rule) == _openings(printed)
        and (wanted.table != "audit_entry" or _plain(printed) == _plain(wanted.rule))
    )


def policy_differences(cursor: Any, declared: Declared) -> list[str]:
    """Return policies that are missing, changed or added, and tables on which row-level security is off."""
    present = read_policies(cursor)
    found = [f"policy {name} on {table} was added" for table, name in sorted(present.keys() - declared.policies.keys())]
    for (table, name), wanted in sorted(declared.policies.items()):
        state = present.get((table, name))
        if state is None:
            found.append(f"policy {name} on {table} is missing")
        elif not _is_declared(wanted, state):
            found.append(f"policy {name} on {table} is not as declared")
    cursor.execute(
        "SELECT relname FROM pg_class WHERE relname = ANY (%s) AND relnamespace = 'public'::regnamespace "
        "AND NOT relrowsecurity",
        [sorted(declared.secured)],
    )
    off = [name for (name,) in cursor.fetchall()]
    for parent, parts in read_partitions(cursor).items():
        if parent in declared.secured:
            off += [part for part, secured in parts.items() if not secured]
    return found + [f"row-level security is off on {name}" for name in sorted(off)]
