"""The shape of the log's app, computed from its imports. Who may import whom is in pyproject.toml (import-linter)."""

import ast
from collections import defaultdict
from functools import cache

from tests.architecture.test_rules import ROOT

AUDIT = ROOT / "requests" / "audit"
#: Django finds these by name: models.py only imports the models of the sub-packages, and migrations import nothing
IGNORED = {"migrations", "models", "__init__"}


def box(parts):
    """Return the module or sub-package directly under `audit` that holds `parts`, e.g. ("log", "append") -> "log"."""
    return parts[0] if parts and parts[0] not in IGNORED else None


def imported(tree, package):
    """Yield the dotted names that a module imports, relative ones resolved against its package."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


@cache
def arrows():
    """Return {box: the other boxes it imports}, also inside functions and for types alone."""
    found = defaultdict(set)
    for path in AUDIT.rglob("*.py"):
        inside = path.relative_to(AUDIT).with_suffix("").parts
        if (importer := box(inside)) is None:
            continue
        found[importer] |= set()
        for name in imported(ast.parse(path.read_text()), ("audit", *inside[:-1])):
            app, *parts = name.split(".")
            if app == "audit" and (other := box(parts)) not in {None, importer}:
                found[importer].add(other)
    return dict(found)


def floors():
    """Return how many boxes the longest chain of imports has; raise AssertionError with the boxes of a circle."""
    heights = {}

    def height(name, above=()):
        assert name not in above, f"a circle: {' -> '.join([*above[above.index(name) :], name])}"
        if name not in heights:
            heights[name] = 1 + max((height(other, (*above, name)) for other in arrows()[name]), default=0)
        return heights[name]

    return max(height(name) for name in arrows())


def test_the_log_stays_small_enough_to_be_drawn():
    assert len(arrows()) <= 25
    assert floors() <= 9
    assert sum(len(others) for others in arrows().values()) <= 100
