"""Rules of the project that no linter knows: file sizes, names, commands, tasks, transactions, tables."""

import ast
import re
import subprocess
from functools import cache
from pathlib import Path

from celery import current_app
from django.conf import settings
from django.core.management import get_commands
from django.db import connections

from omegaoffice.db import roles

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


@cache
def trees():
    """Return {path below ROOT: syntax tree} of the product's modules, without migrations."""
    return {str(p.relative_to(ROOT)): ast.parse(p.read_text()) for p in sources() if "migrations" not in p.parts}


#: auditors are given this file alone, so it cannot be split
TRAVELS = ROOT / "requests" / "audit" / "exports" / "bundle" / "verify.py"


def test_files_stay_small():
    lines = {path: len(path.read_text().splitlines()) for path in tracked("*.py") if "migrations" not in path.parts}
    limits = {path: 600 if path.relative_to(ROOT).parts[0] == "tests" else 400 for path in lines} | {TRAVELS: 1190}
    assert {str(path): count for path, count in lines.items() if count > limits[path]} == {}


def test_no_module_is_named_for_nothing_in_particular():
    stray = [path for path in sources() if path.stem in {"utils", "helpers", "misc", "common"}]
    assert stray == []


def test_every_app_has_a_readme():
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
    enqueued = {name for path in sources() for name in re.findall(r"enqueue\(\s*\"([a-z_.]+)\"", path.read_text())}
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert (enqueued | scheduled) - set(current_app.tasks) == set()
    assert enqueued


def test_only_one_module_uses_djangos_transactions():
    """`transaction.atomic()` would open one on `default`, whatever the database role, also by another name."""
    users = {
        path
        for path, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and (
            node.module == "django.db.transaction"
            or (node.module == "django.db" and "transaction" in {alias.name for alias in node.names})
        )
    }
    assert users == {"requests/core/db.py"}


def test_every_table_is_in_the_table_of_rights(office):
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
