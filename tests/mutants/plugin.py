"""Weaken one thing at run time, as OFFICE_MUTANT names it: the database after each clone, Python once it is imported.

The schema integrity check, which would notice any change of the database at once, is switched off: what is asked here
is whether the tests of what the office *does* notice.
"""

import importlib
import inspect
import os
import textwrap
from collections.abc import Callable
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from tests.mutants.declared import MUTANTS, Mutant
from tests.plugin import Clone

#: none for the control run, which differs in nothing else
MUTANT = next((each for each in MUTANTS if each.name == os.environ["OFFICE_MUTANT"]), None)
#: how often it was applied; a run in which it never was judges nothing
_applied: list[str] = []


class NotApplicableError(Exception):
    """What the mutant names is not there, or not as it says."""


def _replaced(mutant: Mutant, text: str) -> str:
    if text.count(mutant.old) != 1:
        raise NotApplicableError(f"{mutant.target}: {mutant.old!r} stands there {text.count(mutant.old)} times.")
    return text.replace(mutant.old, mutant.new)


def weaken_python(mutant: Mutant) -> None:
    """Give the named function the mutated code, wherever it was imported to."""
    module_name, _, name = mutant.target.partition(":")
    # A package may export a function under its module's name: import the module by its path.
    module = importlib.import_module(module_name)
    owner, _, attribute = name.rpartition(".")
    holder = getattr(module, owner) if owner else module
    function = inspect.unwrap(getattr(holder, attribute))
    source = _replaced(mutant, textwrap.dedent(inspect.getsource(function)))
    mutated: dict[str, object] = {}
    exec(compile(source, function.__code__.co_filename, "exec"), {**function.__globals__}, mutated)
    function.__code__ = inspect.unwrap(mutated[attribute]).__code__


def weaken_database(mutant: Mutant, url: str) -> None:
    """Replace, open or drop what the mutant names, as the database's superuser."""
    with psycopg.connect(url, autocommit=True) as connection:
        if mutant.kind == "function":
            rows = connection.execute(
                "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE proname = %s", [mutant.target]
            ).fetchall()
            if len(rows) != 1:
                raise NotApplicableError(f"There are {len(rows)} functions {mutant.target}.")
            connection.execute(_replaced(mutant, rows[0][0]))
            return
        table, _, name = mutant.target.partition(":")
        if mutant.kind == "trigger":
            connection.execute(sql.SQL("DROP TRIGGER {} ON {}").format(sql.Identifier(name), sql.Identifier(table)))
            return
        row = connection.execute(
            "SELECT cmd FROM pg_policies WHERE tablename = %s AND policyname = %s", [table, name]
        ).fetchone()
        if row is None:
            raise NotApplicableError(f"There is no policy {name} on {table}.")
        clauses = {"INSERT": "WITH CHECK (true)", "SELECT": "USING (true)", "DELETE": "USING (true)"}
        rule = clauses.get(row[0], "USING (true) WITH CHECK (true)")
        connection.execute(sql.SQL("ALTER POLICY {} ON {} " + rule).format(sql.Identifier(name), sql.Identifier(table)))


def _apply(weaken: Callable[[], None]) -> None:
    """Weaken, and count it; a mutant that does not apply ends the run with a code of its own."""
    try:
        weaken()
    except (NotApplicableError, ImportError, AttributeError, ValueError, SyntaxError, psycopg.Error) as error:
        pytest.exit(f"does not apply: {error}", returncode=42)
    _applied.append(MUTANT.name)


def pytest_collection_finish() -> None:
    """Weaken Python once everything is imported."""
    from audit import db_guards

    db_guards.differences = lambda _cursor: []
    if MUTANT and MUTANT.kind == "python":
        _apply(lambda: weaken_python(MUTANT))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how often the mutant was applied."""
    terminalreporter.write_line(f"applied {len(_applied)} times")


_make = Clone.make


def _make_and_weaken(self: Clone) -> None:
    _make(self)
    if MUTANT and MUTANT.kind != "python":
        url = urlsplit(os.environ["OFFICE_TEST_ADMIN_URL"])._replace(path="/" + self.name).geturl()
        _apply(lambda: weaken_database(MUTANT, url))


Clone.make = _make_and_weaken
