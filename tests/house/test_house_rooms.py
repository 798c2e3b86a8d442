"""The rooms of an app, lowest first: none imports from a higher one, and nobody opens transactions by the back door."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
APPS = sorted(path.parent for place in ("accounts", "requests") for path in (ROOT / place).glob("*/apps.py"))

DOORS = {
    "admin", "api", "serializers", "views", "urls", "forms", "tasks", "management", "receivers", "adapters",
    "checks", "holdings", "sources", "promises", "apps",
}  # fmt: skip
#: room → its height; what is not named here is plain Python or a part of the room that uses it
HEIGHT = {"models": 1, "policies": 2, "selectors": 2, "proving": 2, "client": 2, "services": 3}
HEIGHT |= dict.fromkeys(DOORS, 4)


def room_of(app, path):
    return path.relative_to(app).parts[0].removesuffix(".py")


def imported(app, path):
    """Yield the rooms of the same app that a file imports, as `services` of `from .services import x`."""
    package = ".".join(path.relative_to(app.parent).with_suffix("").parts[:-1])
    full = f"accounts.{app.name}" if app.parent.name == "accounts" else app.name
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.ImportFrom):
            continue
        if node.level:
            base = package.split(".")[: len(package.split(".")) - node.level + 1]
            target = [*base, *(node.module or "").split(".")] if node.module else base
            names = [".".join([*target[1:], *([] if node.module else [alias.name])]) for alias in node.names]
        elif node.module == full:
            names = [alias.name for alias in node.names]
        elif (node.module or "").startswith(full + "."):
            names = [node.module.removeprefix(full + ".")]
        else:
            continue
        yield from (name.partition(".")[0] for name in names)


@pytest.mark.parametrize("app", APPS, ids=lambda app: app.name)
def test_no_room_imports_from_a_higher_one(app):
    wrong = []
    for path in sorted(app.rglob("*.py")):
        height = HEIGHT.get(room_of(app, path))
        if height is None or "migrations" in path.parts:
            continue
        wrong += [
            f"{path.relative_to(ROOT)} imports {name}" for name in imported(app, path) if HEIGHT.get(name, 0) > height
        ]
    assert wrong == []


def test_the_rule_sees_what_it_forbids(tmp_path):
    app = tmp_path / "requests" / "rights"
    (app / "services").mkdir(parents=True)
    models, verb = app / "models.py", app / "services" / "act.py"
    models.write_text("from .services import act\nfrom . import tasks\nfrom rights.policies import may\n")
    verb.write_text("from rights import views\nfrom .locked import lock\nfrom ..models import Row\n")
    assert list(imported(app, models)) == ["services", "tasks", "policies"]
    assert list(imported(app, verb)) == ["views", "services", "models"]


def test_only_the_sides_know_djangos_transactions():
    """`transaction.atomic()` would open one on `default`, whoever acts, also as a decorator or by another name."""
    knows = [
        str(path.relative_to(ROOT))
        for place in ("omegaoffice", "accounts", "requests")
        for path in sorted((ROOT / place).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.ImportFrom) and node.module == "django.db.transaction")
        or (
            isinstance(node, ast.ImportFrom)
            and node.module == "django.db"
            and "transaction" in {a.name for a in node.names}
        )
    ]
    assert set(knows) == {"requests/audit/sides.py"}


def test_every_decision_is_on_the_list_and_leads_back():
    folder = ROOT / "docs" / "decisions"
    listed = (folder / "README.md").read_text()
    pages = sorted(path for path in folder.glob("*.md") if path.name != "README.md")
    assert pages
    assert [page.name for page in pages if f"]({page.name})" not in listed] == []
    # One page each, with a title, when and where.
    for page in pages:
        lines = page.read_text().splitlines()
        assert lines[0].startswith("# "), page.name
        assert lines[2].startswith("**Decided:** "), page.name
        assert len(lines) <= 80, page.name


def test_links_between_our_pages_lead_somewhere():
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    for page in pages:
        for part in page.read_text().split("](")[1:]:
            target = part.partition(")")[0].partition("#")[0]
            if target and "://" not in target:
                assert (page.parent / target).exists(), f"{page.name} links {target}"
