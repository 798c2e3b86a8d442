"""Functions, triggers and policies of the databases: each declared once, as an object that creates and compares itself.

Migrations run `create`; the schema integrity check (`audit.db_guards`) passes what PostgreSQL's catalogue holds to
`matches`. A function's body is a file of the folder `sql` beside the module that declares the function.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from string import Template
from typing import Any

#: conditions of policies: the subject and the committed entry that the transaction names (`core.db`)
SUBJECT = "nullif(current_setting('office.subject', true), '')"
ENTRY = "nullif(current_setting('office.entry', true), '')::uuid"
OWN_ROWS = f"subject = {SUBJECT}"

STATEMENT = "FOR EACH STATEMENT"
#: bits of pg_trigger.tgtype
_TRIGGER_BITS = {"BEFORE": 2, "INSERT": 4, "DELETE": 8, "UPDATE": 16, "TRUNCATE": 32}
#: pg_policy.polcmd
_POLICY_COMMANDS = {"SELECT": "r", "INSERT": "a", "UPDATE": "w", "DELETE": "d", "ALL": "*"}
#: what a rule consists of besides names of functions, settings and columns
_SQL_WORDS = {"select", "from", "where", "and", "using", "with", "check", "true", "null", "uuid", "text"}


class DbObject:
    """What a migration creates, and the schema integrity check compares."""

    name: str

    def create(self) -> str:
        """Return the statements that create it or put it back."""
        raise NotImplementedError


@dataclass(frozen=True)
class Function(DbObject):
    """A function, with its body in `sql/<file or name>.sql` beside `module`, where `values` fill in `${…}`.

    `language` is followed by the volatility, where it is not VOLATILE. A function that runs as its owner
    (`is_definer`) always has a search path that nobody else can put names into. Nobody but the owner may call it
    until `db_roles` says who may, unless it `is_public`.
    """

    module: str
    name: str
    arguments: str = ""
    returns: str = "trigger"
    language: str = "plpgsql"
    is_definer: bool = False
    is_public: bool = False
    search_path: str = ""
    file: str = ""
    values: Mapping[str, object] = field(default_factory=dict)

    @cached_property
    def body(self) -> str:
        """Return what stands between the quotes, to the letter: pg_proc.prosrc is compared with it."""
        text = (Path(self.module).parent / "sql" / f"{self.file or self.name}.sql").read_text()
        return "\n" + (Template(text).substitute(self.values) if self.values else text)

    @property
    def _path(self) -> str:
        return "pg_catalog, public, pg_temp" if self.is_definer else self.search_path

    def create(self) -> str:
        head = f"FUNCTION {self.name}({self.arguments})"
        definer = " SECURITY DEFINER" if self.is_definer else ""
        path = f" SET search_path = {self._path}" if self._path else ""
        revoke = "" if self.is_public else f";\nREVOKE ALL ON {head} FROM PUBLIC"
        return (
            f"CREATE OR REPLACE {head} RETURNS {self.returns} LANGUAGE {self.language}{definer}{path} "
            f"AS $body${self.body}$body${revoke}"
        )

    def matches(self, row: Sequence[Any]) -> bool:
        """Return whether prosrc, prosecdef and proconfig of pg_proc are as declared."""
        return list(row) == [self.body, self.is_definer, [f"search_path={self._path}"] if self._path else []]


@dataclass(frozen=True)
class Trigger(DbObject):
    """A trigger without a condition.

    `is_always` ones fire whatever the session says: `session_replication_role = replica` would skip the others.
    """

    name: str
    table: str
    when: str
    function: str
    each: str = "FOR EACH ROW"
    is_always: bool = True

    @property
    def is_cloned(self) -> bool:
        """Return whether PostgreSQL clones it onto partitions of its table."""
        return self.each == "FOR EACH ROW"

    def create(self, table: str = "") -> str:
        """Return the statements that put it on its table, or on a given partition of that."""
        table, mode = table or self.table, "ENABLE ALWAYS" if self.is_always else "ENABLE"
        return (
            f"CREATE OR REPLACE TRIGGER {self.name} {self.when} ON {table} {self.each} "
            f"EXECUTE FUNCTION {self.function}();\nALTER TABLE {table} {mode} TRIGGER {self.name}"
        )

    def matches(self, row: Sequence[Any]) -> bool:
        """Return whether tgenabled, the function's name, tgtype and `tgqual IS NULL` of pg_trigger are as declared."""
        bits = sum(bit for word, bit in _TRIGGER_BITS.items() if word in self.when.split())
        return list(row) == ["A" if self.is_always else "O", self.function, bits + self.is_cloned, True]


@dataclass(frozen=True)
class Policy(DbObject):
    """A policy of row-level security; its table has row-level security enabled with it.

    `roles` are separated by ", "; without any the policy is for all.
    PostgreSQL prints expressions in its own way: names, literals and the words that widen a condition are compared,
    and with `is_exact` the rest too, which works for a simple expression. One that `is_restrictive` shows nothing by
    itself: a row needs it and one that shows the row.
    """

    name: str
    table: str
    command: str
    roles: str = ""
    using: str = ""
    check: str = ""
    is_exact: bool = False
    is_restrictive: bool = False

    @property
    def _rule(self) -> str:
        parts = (("USING", self.using), ("WITH CHECK", self.check))
        return " ".join(f"{word} ({expression})" for word, expression in parts if expression)

    def create(self) -> str:
        roles = f" TO {self.roles}" if self.roles else ""
        return (
            f"ALTER TABLE {self.table} ENABLE ROW LEVEL SECURITY;\n"
            f"DROP POLICY IF EXISTS {self.name} ON {self.table};\n"
            f"CREATE POLICY {self.name} ON {self.table}{' AS RESTRICTIVE' if self.is_restrictive else ''} "
            f"FOR {self.command}{roles} {self._rule}"
        )

    def matches(self, row: Sequence[Any]) -> bool:
        """Return whether polcmd, polpermissive, the roles' names and the printed expressions are as declared."""
        command, is_permissive, roles, rule = row
        return (
            command == _POLICY_COMMANDS[self.command]
            and is_permissive is not self.is_restrictive
            and sorted(roles) == sorted(self.roles.split(", ") if self.roles else [])
            and _names(self._rule) <= _names(rule)
            and _openings(self._rule) == _openings(rule)
            and (not self.is_exact or _plain(self._rule) == _plain(rule))
        )


def _names(expression: str) -> set[str]:
    return set(re.findall(r"[a-z_]{4,}", expression.lower())) - _SQL_WORDS


def _openings(expression: str) -> list[str]:
    """Return what could open a rule without a new name in it: literals, and the words that widen or turn a condition.

    PostgreSQL prints each as often as it was written.
    """
    return sorted(re.findall(r"'[^']*'|<>|!=|\b(?:or|not|true)\b", expression.lower()))


def _plain(expression: str) -> str:
    """Drop what PostgreSQL adds when it prints an expression: casts, brackets, spaces, capitals."""
    return re.sub(r"::\w+|[\s()]|USING|WITH CHECK", "", expression).lower()


def create(objects: Iterable[DbObject], *names: str) -> str:
    """Return the statements that create these objects in their order, or those of these names.

    Bodies are not checked: run on an empty database, an early migration creates functions that name later tables.
    """
    wanted = [each.create() for each in objects if not names or each.name in names]
    return ";\n".join(["SET LOCAL check_function_bodies = off", *wanted])
