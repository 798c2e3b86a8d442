"""Compare the guards with the database's catalogue: what an owner's DDL can do is at least seen.

Functions and triggers are compared to the letter, rights one by one. Row-level security of rooms other than the log
is compared by table, name, command, roles, and the words of each rule: PostgreSQL prints subqueries in its own way.
Rooms hand in their migrations' SQL with `watch`, the roof its roles with `watch_rights`; for the office's database,
or for the vault's.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from audit import schema

from .catalogue import (
    function_differences,
    partition_differences,
    policy_differences,
    read_partitions,
    read_policies,
    read_rules,
    read_triggers,
    restoring_default,
    trigger_differences,
)
from .declared import Declared, read
from .rights import Right as Right
from .rights import function_differences as call_differences
from .rights import read_rights, role_differences, table_differences

OFFICE, VAULT = "office", "vault"


@dataclass
class _Watched:
    texts: list[str] = field(default_factory=list)
    rights: set[Right] = field(default_factory=set)
    calls: set[tuple[str, str]] = field(default_factory=set)


_watched = {OFFICE: _Watched(), VAULT: _Watched()}
_watched[OFFICE].texts = [
    *(schema.create_function(name) for name in schema.FUNCTIONS),
    schema.create_triggers(),
    schema.ends(*schema.ENDING),
    schema.create_policies(),
]


def watch(sql: str, database: str = OFFICE) -> None:
    """Have what `sql` declares (a room's migration text) compared: functions, triggers, row-level security."""
    _watched[database].texts.append(sql)


def watch_rights(rights: Iterable[Right], calls: Iterable[tuple[str, str]], database: str = OFFICE) -> None:
    """Have exactly these rights on tables, and (function, role) of what runs as the owner, compared."""
    _watched[database].rights |= set(rights)
    _watched[database].calls |= set(calls)


def declared(database: str = OFFICE) -> Declared:
    """Return the declared functions, triggers and policies of one database."""
    return read(_watched[database].texts)


def fingerprint() -> str:
    """Return a digest of everything that is declared: it changes when a new version guards differently."""
    digest = hashlib.sha256()
    for database, watched in sorted(_watched.items()):
        said = [database, *watched.texts, *map(repr, sorted(watched.rights)), *map(repr, sorted(watched.calls))]
        digest.update("\0".join(said).encode())
    return digest.hexdigest()


def differences(cursor: Any, database: str = OFFICE) -> list[str]:
    """Return what the catalogue says otherwise than is declared, each as a sentence; empty when all agrees."""
    wanted, watched = declared(database), _watched[database]
    return [
        *partition_differences(cursor),
        *trigger_differences(cursor, wanted),
        *function_differences(cursor, wanted),
        *policy_differences(cursor, wanted),
        *table_differences(cursor, watched.rights),
        *call_differences(cursor, watched.calls),
        *role_differences(cursor),
    ]


def restoring(cursor: Any, database: str = OFFICE) -> list[str]:
    """Return the statements, for the owner, that put functions, triggers and row-level security back.

    Rights that were added are taken away; those that are missing the roof gives again. What only a superuser can
    mend (a role's powers), and added functions, stay: somebody must look at them.
    """
    wanted = declared(database)
    partitions = read_partitions(cursor)
    statements = [function.text for _, function in sorted(wanted.functions.items())]
    if default := restoring_default(cursor):
        statements.append(default)
        partitions.setdefault("audit_entry", {})["audit_entry_rest"] = False
    expected = set(wanted.triggers)
    for (table, name), trigger in sorted(wanted.triggers.items()):
        statements.append(trigger.create_on(table))
        for part in partitions.get(table, {}):
            expected.add((part, name))
            by_row = "FOR EACH ROW" in trigger.rest
            statements.append(f"ALTER TABLE {part} ENABLE ALWAYS TRIGGER {name}" if by_row else trigger.create_on(part))
    present = read_triggers(cursor)
    parent_of = {part: table for table, parts in partitions.items() for part in parts}
    statements += [
        f'DROP TRIGGER "{name}" ON "{table}"'
        for table, name in sorted(present.keys() - expected)
        if (parent_of.get(table), name) not in present  # a clone goes with its parent's
    ]
    statements += [f'DROP RULE "{name}" ON "{table}"' for table, name in read_rules(cursor)]
    statements += [f'DROP POLICY "{name}" ON "{table}"' for table, name in sorted(read_policies(cursor))]
    statements += [policy.text for _, policy in sorted(wanted.policies.items())]
    for table in sorted(wanted.secured):
        statements += [f"ALTER TABLE {each} ENABLE ROW LEVEL SECURITY" for each in (table, *partitions.get(table, {}))]
    for right in sorted(read_rights(cursor) - _watched[database].rights):
        what = f'{right.privilege} ("{right.column}")' if right.column else right.privilege
        who = "PUBLIC" if right.role == "PUBLIC" else f'"{right.role}"'
        statements.append(f'REVOKE {what} ON "{right.table}" FROM {who}')
    return statements
