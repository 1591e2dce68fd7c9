from __future__ import annotations

import re
from importlib.resources import files

import pytest

CSS = files("lossmon.report.html").joinpath("page.css").read_text("utf-8")
SCHEMES = [dict(re.findall(r"--([\w-]+): (#\w+)", block)) for block in re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)]
"""The colours for light, dark and paper, by name."""
NOT_TEXT = {"paper", "line", "tint", "band", "earlier", "on-colour"}
LEAST = 4.5
"""Contrast of text: WCAG 2.2, success criterion 1.4.3."""


def luminance(colour: str) -> float:
    """Return the relative luminance of ``#rrggbb`` as WCAG defines it."""
    channels = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels]
    return sum(weight * each for weight, each in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", SCHEMES, ids=["light", "dark", "print"])
def test_every_text_has_enough_contrast(scheme: dict[str, str]) -> None:
    texts = set(scheme) - NOT_TEXT
    assert {"ink", "train", "val", "overfitting"} < texts
    low = {name: contrast(scheme[name], scheme["paper"]) for name in texts}
    assert {name: value for name, value in low.items() if value < LEAST} == {}


@pytest.mark.parametrize("scheme", SCHEMES, ids=["light", "dark", "print"])
def test_the_words_on_coloured_badges_have_enough_contrast(scheme: dict[str, str]) -> None:
    for name in ("diverged", "overfitting", "unstable", "underfitting", "unreadable"):
        assert contrast(scheme[name], scheme["on-colour"]) >= LEAST


def test_every_scheme_has_every_colour() -> None:
    assert len(SCHEMES) == 3
    assert len({frozenset(scheme) for scheme in SCHEMES}) == 1
