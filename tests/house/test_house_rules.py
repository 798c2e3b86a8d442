"""The house's own rules, tested like any other code."""

import ast
import importlib.util
import re
import subprocess
from pathlib import Path

import pytest
from celery import current_app
from django.conf import settings
from django.core.management import get_commands
from django.db import connections

from omegaoffice import roles

ROOT = Path(__file__).resolve().parent.parent.parent
PLACES = ("omegaoffice", "accounts", "requests")
APPS = [
    path.parent
    for place in PLACES
    for path in sorted((ROOT / place).rglob("apps.py"))
    if path.parent.name != "settings"
]


def tracked(*patterns):
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).exists()]


def sources():
    return [path for path in tracked("*.py") if path.relative_to(ROOT).parts[0] in PLACES]


def test_requests_is_no_package_and_the_http_library_is_found():
    assert not (ROOT / "requests" / "__init__.py").exists()
    assert "site-packages" in str(importlib.util.find_spec("requests").origin)


#: a file that travels alone to auditors cannot be cut in pieces
TRAVELS = ROOT / "requests" / "audit" / "bundle" / "verify.py"


@pytest.mark.parametrize("path", tracked("*.py"), ids=lambda path: str(path.relative_to(ROOT)))
def test_files_stay_small(path):
    if "migrations" in path.parts:
        return
    limit = 1050 if path == TRAVELS else 600 if path.relative_to(ROOT).parts[0] == "tests" else 400
    assert len(path.read_text().splitlines()) <= limit


def test_no_drawer_for_everything():
    stray = [path for path in sources() if path.stem in {"utils", "helpers", "misc", "common"}]
    assert stray == []


def test_every_app_has_a_map_for_newcomers():
    assert [str(app.relative_to(ROOT)) for app in APPS if not (app / "README.md").exists()] == []


def test_every_command_of_ours_has_a_test():
    ours = {
        name
        for name, app in get_commands().items()
        if app in {"omegaoffice"} | {a.name for a in APPS} or "accounts" in app
    }
    tests = "\n".join(path.read_text() for path in tracked("tests/*.py", "tests/**/*.py", ".ci/run"))
    assert [name for name in sorted(ours) if not re.search(rf"\b{name}\b", tests)] == []


def test_every_task_name_resolves():
    current_app.loader.import_default_modules()
    rung = {name for path in sources() for name in re.findall(r"enqueue\(\s*\"([a-z_.]+)\"", path.read_text())}
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert (rung | scheduled) - set(current_app.tasks) == set()
    assert rung


def _calls(tree):
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
        ):
            yield node.func.value.id, node.func.attr


def test_transactions_are_opened_on_the_acting_side_only():
    """Django's own `atomic()` and `on_commit()` would speak to `default`, whoever acts."""
    allowed = {ROOT / "requests" / "audit" / "sides.py"}
    bare = [
        str(path.relative_to(ROOT))
        for path in sources()
        if path not in allowed
        for owner, name in _calls(ast.parse(path.read_text()))
        if owner == "transaction" and name in {"atomic", "on_commit"}
    ]
    assert bare == []


def test_every_table_belongs_to_somebody(office):
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') "
            "AND NOT relispartition"
        )
        tables = {row[0] for row in cursor.fetchall()}
    assert tables ^ set(roles.TABLES) == set()
    with connections["vault_owner"].cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'")
        assert {row[0] for row in cursor.fetchall()} == set(roles.VAULT_TABLES)


def test_no_running_role_has_more_than_its_row_in_the_table(office):
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT grantee, table_name, string_agg(left(privilege_type, 1), '') "
            "FROM information_schema.role_table_grants WHERE grantee LIKE 'office\\_%%' "
            "AND grantee <> 'office_owner' GROUP BY 1, 2"
        )
        given = {(role, table): set(letters) for role, table, letters in cursor.fetchall()}
    declared = {
        (role, table): {word[0] for word, columns in roles.privileges(letters) if not columns}
        for table, rights in roles.TABLES.items()
        for role, letters in rights.items()
    }
    assert given == {pair: letters for pair, letters in declared.items() if letters}
