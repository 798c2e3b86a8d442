"""Links and paths of our pages lead somewhere, and decision pages keep their form."""

import re

from tests.architecture.test_rules import ROOT, tracked

#: a file or folder of the project, from the root, in backticks or as the test that a claim names in brackets
_PATH = re.compile(r"[`\[ ]((?:omegaoffice|accounts|requests|tests|docs|bench)/[\w./*-]*[\w/*])(?=[`\],])")


def test_every_decision_is_listed_and_keeps_the_form():
    folder = ROOT / "docs" / "decisions"
    listed = (folder / "README.md").read_text()
    pages = sorted(path for path in folder.glob("*.md") if path.name != "README.md")
    assert pages
    assert [page.name for page in pages if f"]({page.name})" not in listed] == []
    # One page each, with a title, the month, the code and the tests.
    for page in pages:
        lines = page.read_text().splitlines()
        assert lines[0].startswith("# "), page.name
        assert lines[2].startswith("**Decided:** "), page.name
        assert len(lines) <= 80, page.name


def test_links_between_our_pages_lead_somewhere():
    for page in tracked("*.md"):
        for part in page.read_text().split("](")[1:]:
            target = part.partition(")")[0].partition("#")[0]
            if target and "://" not in target:
                assert (page.parent / target).exists(), f"{page.name} links {target}"


def test_paths_in_our_pages_are_there():
    missing = {
        (page.name, path)
        for page in tracked("*.md")
        if page.name != "CHANGELOG.md"  # it tells of what was
        for path in _PATH.findall(page.read_text())
        if not any(ROOT.glob(path))
    }
    assert missing == set()
