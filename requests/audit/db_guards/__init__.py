"""Schema integrity: compare functions, triggers, policies and rights with the database's catalogue.

An owner can change the schema; this detects it. Functions and triggers are compared to the letter, rights one by one,
policies as `core.db_objects.Policy` says. The project declares with `declare` what its apps' migrations create and what
its roles may do, for the office's database or for the vault's.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from audit.log import schema_sql
from core.db_objects import DbObject, Function, Policy, Trigger

from . import catalogue
from .rights import Right, call_differences, read_rights, role_differences, table_differences

OFFICE, VAULT = "office", "vault"


@dataclass
class Declared:
    """All that one database should hold; `calls` are pairs of a function that runs as the owner, and a role."""

    objects: list[DbObject] = field(default_factory=list)
    rights: set[Right] = field(default_factory=set)
    calls: set[tuple[str, str]] = field(default_factory=set)

    @property
    def functions(self) -> dict[str, Function]:
        """Return name → function."""
        return {each.name: each for each in self.objects if isinstance(each, Function)}

    @property
    def triggers(self) -> dict[tuple[str, str], Trigger]:
        """Return (table, name) → trigger."""
        return {(each.table, each.name): each for each in self.objects if isinstance(each, Trigger)}

    @property
    def policies(self) -> dict[tuple[str, str], Policy]:
        """Return (table, name) → policy."""
        return {(each.table, each.name): each for each in self.objects if isinstance(each, Policy)}


_declared = {OFFICE: Declared(list(schema_sql.OBJECTS)), VAULT: Declared()}


def declare(
    objects: Iterable[DbObject],
    rights: Iterable[Right] = (),
    calls: Iterable[tuple[str, str]] = (),
    database: str = OFFICE,
) -> None:
    """Have these objects, and exactly these rights on tables and to call what runs as the owner, compared."""
    declared = _declared[database]
    declared.objects += objects
    declared.rights |= set(rights)
    declared.calls |= set(calls)


def fingerprint() -> str:
    """Return a digest of everything that is declared: it changes when a new version declares something else."""
    digest = hashlib.sha256()
    for database, declared in sorted(_declared.items()):
        objects = (each.create() for each in declared.objects)
        parts = [database, *objects, *map(repr, sorted(declared.rights)), *map(repr, sorted(declared.calls))]
        digest.update("\0".join(parts).encode())
    return digest.hexdigest()


def differences(cursor: Any, database: str = OFFICE) -> list[str]:
    """Return where the catalogue is not as declared, a sentence for each difference; empty when all agrees."""
    declared = _declared[database]
    return [
        *catalogue.partition_differences(cursor),
        *catalogue.trigger_differences(cursor, declared.triggers),
        *catalogue.function_differences(cursor, declared.functions),
        *catalogue.policy_differences(cursor, declared.policies),
        *table_differences(cursor, declared.rights),
        *call_differences(cursor, declared.calls),
        *role_differences(cursor),
    ]


def restoring(cursor: Any, database: str = OFFICE) -> list[str]:
    """Return the statements, for the owner, that put functions, triggers and row-level security back.

    Rights that were added are revoked; `db_roles` grants those that are missing. What only a superuser can mend
    (a role's attributes), and added functions, stay as they are for a person to decide.
    """
    declared = _declared[database]
    triggers, policies = declared.triggers, declared.policies
    partitions = catalogue.read_partitions(cursor)
    statements = [function.create() for function in declared.functions.values()]
    if default := catalogue.restoring_default(cursor):
        statements.append(default)
        partitions.setdefault("audit_entry", {})["audit_entry_rest"] = False
    expected = set(triggers)
    for (table, name), trigger in sorted(triggers.items()):
        statements.append(trigger.create())
        for part in partitions.get(table, {}):
            expected.add((part, name))
            enable = f"ALTER TABLE {part} ENABLE ALWAYS TRIGGER {name}"
            statements.append(enable if trigger.is_cloned else trigger.create(part))
    present = catalogue.read_triggers(cursor)
    parent_of = {part: table for table, parts in partitions.items() for part in parts}
    statements += [
        f'DROP TRIGGER "{name}" ON "{table}"'
        for table, name in sorted(present.keys() - expected)
        if (parent_of.get(table), name) not in present  # a clone goes with its parent's
    ]
    statements += [f'DROP RULE "{name}" ON "{table}"' for table, name in catalogue.read_rules(cursor)]
    added = catalogue.read_policies(cursor).keys() - policies.keys()
    statements += [f'DROP POLICY "{name}" ON "{table}"' for table, name in sorted(added)]
    statements += [policy.create() for policy in policies.values()]
    secured = sorted({part for table, _ in policies for part in partitions.get(table, {})})
    statements += [f"ALTER TABLE {part} ENABLE ROW LEVEL SECURITY" for part in secured]
    for right in sorted(read_rights(cursor) - declared.rights):
        what = f'{right.privilege} ("{right.column}")' if right.column else right.privilege
        who = "PUBLIC" if right.role == "PUBLIC" else f'"{right.role}"'
        statements.append(f'REVOKE {what} ON "{right.table}" FROM {who}')
    return statements
