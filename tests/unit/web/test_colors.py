"""Colors of the screens: every pair of text and ground can be read, by day and by night."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from comptoir.web import view

CSS = (Path(view.__file__).parent / "static" / "app.css").read_text(encoding="utf-8")
TOKEN = re.compile(r"--([a-z-]+): (#[0-9a-f]{6})")
DAY = dict(TOKEN.findall(CSS.split("@media (prefers-color-scheme: dark)")[0]))
NIGHT = DAY | dict(TOKEN.findall(CSS.split("@media (prefers-color-scheme: dark)")[1].split("}")[0]))

PAIRS = (
    ("ink", "paper"),
    ("ink", "surface"),
    ("quiet", "paper"),
    ("quiet", "surface"),
    ("green", "paper"),
    ("green", "surface"),
    ("green", "green-soft"),
    ("on-green", "green"),
    ("saffron", "saffron-soft"),
    ("brick", "brick-soft"),
    ("slate", "slate-soft"),
    ("ink", "saffron-soft"),
    ("ink", "brick-soft"),
    ("ink", "green-soft"),
    ("ink", "slate-soft"),
    ("quiet", "brick-soft"),
    ("surface", "saffron"),
    ("surface", "brick"),
    ("surface", "slate"),
    ("ink", "line"),
)


def luminance(color: str) -> float:
    """Source: WCAG 2.2, relative luminance."""
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    r, g, b = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


@pytest.mark.parametrize("tokens", [DAY, NIGHT], ids=["day", "night"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_stands_out_from_its_ground(text: str, ground: str, tokens: dict[str, str]) -> None:
    light, dark = sorted((luminance(tokens[text]), luminance(tokens[ground])), reverse=True)

    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_a_border_that_one_must_see_stands_out_too() -> None:
    for tokens in (DAY, NIGHT):
        light, dark = sorted((luminance(tokens["edge"]), luminance(tokens["surface"])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 3


def test_every_color_is_a_token() -> None:
    rules = re.sub(r":root \{.*?\}", "", CSS, flags=re.DOTALL)

    assert re.findall(r"#[0-9a-fA-F]{3,8}\b(?![^{]*\{)", rules) == []
