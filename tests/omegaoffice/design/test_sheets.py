"""Rules for style sheets, templates and vendored code of the design system."""

import hashlib
import re
from pathlib import Path

import pytest

from omegaoffice.web.static_files import SHEETS

OFFICE = Path(__file__).parents[3] / "omegaoffice"
STATIC = OFFICE / "static" / "office"
SOURCES = sorted(STATIC.glob("*.css"))
TEMPLATES = sorted((OFFICE / "templates").rglob("*.html"))
BESIDE_TOKENS = [sheet for sheet in SOURCES if sheet.name != "tokens.css"]


@pytest.mark.parametrize("sheet", BESIDE_TOKENS, ids=lambda path: path.name)
def test_colours_come_from_the_tokens(sheet: Path) -> None:
    # White behind a QR code is meant: scanners want it in the dark theme as well.
    text = re.sub(r"\.qr \{.*?\}", "", sheet.read_text(), flags=re.DOTALL)
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[;\s,)])|rgba?\(|hsla?\(", text) == []


@pytest.mark.parametrize("sheet", SOURCES, ids=lambda path: path.name)
def test_every_custom_property_used_is_defined(sheet: Path) -> None:
    defined = {name for each in SOURCES for name in re.findall(r"(--[\w-]+)\s*:", each.read_text())}
    used = set(re.findall(r"var\((--[\w-]+)", sheet.read_text()))
    assert used <= defined


@pytest.mark.parametrize("sheet", SOURCES, ids=lambda path: path.name)
def test_layout_uses_logical_properties(sheet: Path) -> None:
    sided = r"(?:(?:margin|padding|border)-)?(?:left|right)|(?:float|text-align):\s*(?:left|right)"
    assert re.findall(rf"^\s*(?:{sided})\b", sheet.read_text(), flags=re.MULTILINE) == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(OFFICE / "templates")))
def test_template_has_no_inline_style_or_script(template: Path) -> None:
    text = re.sub(r"\{% comment %\}.*?\{% endcomment %\}", "", template.read_text(), flags=re.DOTALL)
    assert not re.search(r"<style\b|\sstyle=|\son[a-z]+=|javascript:|hx-on", text)
    for attributes in re.findall(r"<script\b([^>]*)>", text):
        assert "src=" in attributes or 'type="application/json"' in attributes


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(OFFICE / "templates")))
def test_template_names_icons_that_exist(template: Path) -> None:
    symbols = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons.svg").read_text()))
    named = set(re.findall(r'_icon\.html" with name="([\w-]+)"', template.read_text()))
    named |= set(re.findall(r'\sicon="([\w-]+)"', template.read_text()))
    assert named <= symbols


@pytest.mark.parametrize("part", sorted((OFFICE / "templates" / "office").glob("_*.html")), ids=lambda path: path.name)
def test_include_says_what_it_is_given(part: Path) -> None:
    assert re.search(r"\{% comment %\}.+?\{% endcomment %\}", part.read_text(), flags=re.DOTALL)


def test_every_class_that_templates_name_has_a_rule() -> None:
    rules = {name for sheet in SOURCES for name in re.findall(r"\.([a-z][\w-]*)", sheet.read_text())}
    # Django's own names, in templates that keep them for its scripts, are left out.
    ours = [template for template in TEMPLATES if "admin" not in template.relative_to(OFFICE).parts]
    others = [page for root in ("accounts", "requests") for page in OFFICE.parent.glob(f"{root}/*/templates/**/*.html")]
    for template in [*ours, *others]:
        text, own_sheet = template.read_text(), template.parent / "style.css"
        if template in others and "<!doctype" in text.lower():
            continue  # a document of its own, as the page in an access package: it brings its own sheet
        if own_sheet.exists():
            rules = rules | set(re.findall(r"\.([a-z][\w-]*)", own_sheet.read_text()))
        named = " ".join(re.findall(r'class="([^"{]*)"', text)).split()
        assert set(named) <= rules, f"{template.name} names a class that no sheet knows"


@pytest.mark.parametrize("sheet", SOURCES, ids=lambda path: path.name)
def test_sheet_stays_small(sheet: Path) -> None:
    assert len(sheet.read_text().splitlines()) <= 400


def test_every_source_is_in_a_built_sheet_once() -> None:
    staff = SHEETS["office/staff.css"]
    assert sorted(staff) == sorted(source.stem for source in SOURCES)
    assert staff[: len(SHEETS["office/office.css"])] == SHEETS["office/office.css"]


def test_vendored_file_is_the_one_that_is_noted() -> None:
    note = (STATIC / "vendor" / "README.md").read_text()
    digest = hashlib.sha256((STATIC / "vendor" / "htmx.min.js").read_bytes()).hexdigest()
    assert digest in note
