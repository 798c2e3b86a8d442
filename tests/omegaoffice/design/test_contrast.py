"""Colour pairs of the design tokens meet WCAG 2.2 AA, in the light and in the dark theme."""

import re
from pathlib import Path

import pytest

TOKENS = Path(__file__).parents[3] / "omegaoffice" / "static" / "office" / "tokens.css"
PAIR = re.compile(r"--([\w-]+):\s*light-dark\((#[0-9a-f]{6}),\s*(#[0-9a-f]{6})\)")

SURFACES = ("bg", "surface", "surface-sunken", "surface-hover", "surface-raised")
TEXT = 4.5
PARTS = 3.0  # borders of controls, focus rings, bars: WCAG 1.4.11

PAIRS: list[tuple[str, str, float]] = [
    *((ink, ground, TEXT) for ink in ("text", "text-soft", "text-faint", "accent") for ground in SURFACES),
    *((ink, ground, TEXT) for ink in ("success", "warning", "danger", "info") for ground in SURFACES),
    *((tone, f"{tone}-soft", TEXT) for tone in ("accent", "success", "warning", "danger", "info")),
    ("accent-hover", "surface", TEXT),
    ("text", "accent-soft", TEXT),
    ("text-soft", "accent-soft", TEXT),
    *(("on-fill", fill, TEXT) for fill in ("accent-fill", "accent-fill-hover", "danger-fill", "danger-fill-hover")),
    *(("line-strong", ground, PARTS) for ground in ("surface", "bg", "surface-sunken", "surface-raised")),
    *(("accent", ground, PARTS) for ground in SURFACES),
    *((bar, "line", PARTS) for bar in ("accent-bar", "success-fill", "warning-fill", "danger-bar", "info-fill")),
]


def _tokens() -> dict[str, tuple[str, str]]:
    return {name: (light, dark) for name, light, dark in PAIR.findall(TOKENS.read_text())}


def _luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_formula_gives_the_known_extremes() -> None:
    assert _contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert _contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground", "least"), PAIRS, ids=str)
def test_pair_is_readable(ink: str, ground: str, least: float, theme: int) -> None:
    tokens = _tokens()
    found = _contrast(tokens[ink][theme], tokens[ground][theme])
    assert found >= least, f"{ink} on {ground}: {found:.2f}, asked {least}"


def test_every_colour_of_the_tokens_is_a_pair_of_themes() -> None:
    text = TOKENS.read_text()
    raw = re.findall(r"^\s*--([\w-]+):\s*(#\S+);", text, flags=re.MULTILINE)
    assert raw == [], "a colour without a dark partner"
