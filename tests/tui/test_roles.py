from __future__ import annotations

from typing import Literal

import pytest
from rich.color_triplet import ColorTriplet

from lossmon.core.verdict import Verdict
from lossmon.tui.roles import BACKGROUNDS as SHADES
from lossmon.tui.roles import ROLES
from lossmon.tui.styled_text import Palette
from lossmon.tui.theme import BACKGROUNDS, THEMES

WITHOUT_COLOR = {"", "title", "strong", "selected", "weak"}
"""Roles that differ from plain text by their weight only."""
MARKS, CURVES = ("best", "marker"), ("train", "val", "nonfinite")


@pytest.mark.parametrize("colors", THEMES.values(), ids=THEMES)
def test_every_theme_has_a_colour_for_every_role_and_for_no_other(colors: dict[str, int]) -> None:
    verdicts = {verdict.value for verdict in Verdict} | {"unreadable"}
    assert colors.keys() == (set(ROLES) - WITHOUT_COLOR) | verdicts


@pytest.mark.parametrize("theme", THEMES)
def test_every_theme_has_a_colour_for_every_background(theme: str) -> None:
    assert BACKGROUNDS[theme].keys() == set(SHADES) - {""}


def contrast(one: ColorTriplet, other: ColorTriplet) -> float:
    """Return the contrast ratio of WCAG 2.1, 1 to 21."""
    low, high = sorted(
        sum(
            share * (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)
            for share, part in zip((0.2126, 0.7152, 0.0722), colour.normalized, strict=True)
        )
        for colour in (one, other)
    )
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("depth", [8, 24])
@pytest.mark.parametrize("theme", THEMES)
def test_what_is_drawn_on_a_background_can_be_seen(theme: str, depth: Literal[8, 24]) -> None:
    palette = Palette(theme, depth=depth)
    for shade in BACKGROUNDS[theme]:
        # No curve runs through the band between the curves.
        for role in MARKS if "band" in shade else MARKS + CURVES:
            style = palette.style(f"{role} {shade}")
            assert style.color is not None
            assert style.bgcolor is not None
            ratio = contrast(style.color.get_truecolor(), style.bgcolor.get_truecolor())
            assert ratio >= 2.5, (role, shade, ratio)


def test_few_colours_and_none_have_no_background() -> None:
    assert Palette("dark", depth=4).style("val tint").bgcolor is None
    assert Palette("dark", colored=False).style("val tint").bgcolor is None
