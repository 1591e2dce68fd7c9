"""The colour themes: which colour each role has. A role is what a text means, for instance ``train`` or ``warn``.

This module imports neither numpy, Rich nor dataclasses: ``lossmon --help`` needs the names and has 60 ms.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

ColorDepth: TypeAlias = Literal[4, 8, 24]
"""Bits for each colour of a terminal: 16 colours, 256, or any."""
FEW_COLORS: ColorDepth = 4
"""With so few no background is coloured: users choose these 16, and text in one may not be legible on another."""

THEMES: dict[str, dict[str, int]] = {
    # For a dark background. The colours of medium lightness can also be read on white, differ for colour-blind eyes
    # (blue against orange), and become the nearest of 16 colours where a terminal has no more.
    "dark": {
        "train": 39, "val": 208, "gap": 176, "risk": 203, "gpu": 72, "marker": 203, "best": 220, "cursor": 81,
        "nonfinite": 203, "weak-marker": 131, "texture": 240, "axis": 245, "muted": 245, "border": 240, "key": 75,
        "warn": 214, "advice": 114, "mark": 220,
        "learning": 75, "converged": 71, "overfitting": 208, "underfitting": 176, "unstable": 220, "diverged": 203,
        "warming-up": 245, "unreadable": 203,
        "overlay0": 39, "overlay1": 208, "overlay2": 71, "overlay3": 176,
        "overlay4": 220, "overlay5": 80, "overlay6": 203, "overlay7": 250,
    },
    "light": {
        "train": 26, "val": 166, "gap": 133, "risk": 160, "gpu": 29, "marker": 160, "best": 130, "cursor": 31,
        "nonfinite": 160, "weak-marker": 131, "texture": 250, "axis": 241, "muted": 241, "border": 247, "key": 26,
        "warn": 130, "advice": 28, "mark": 130,
        "learning": 26, "converged": 28, "overfitting": 166, "underfitting": 133, "unstable": 130, "diverged": 160,
        "warming-up": 241, "unreadable": 160,
        "overlay0": 26, "overlay1": 166, "overlay2": 28, "overlay3": 133,
        "overlay4": 130, "overlay5": 30, "overlay6": 160, "overlay7": 238,
    },
    # Of high contrast, on a dark background.
    "contrast": {
        "train": 51, "val": 226, "gap": 213, "risk": 210, "gpu": 120, "marker": 15, "best": 15, "cursor": 51,
        "nonfinite": 15, "weak-marker": 138, "texture": 245, "axis": 15, "muted": 252, "border": 250, "key": 51,
        "warn": 226, "advice": 120, "mark": 226,
        "learning": 51, "converged": 120, "overfitting": 226, "underfitting": 213, "unstable": 226, "diverged": 210,
        "warming-up": 252, "unreadable": 210,
        "overlay0": 51, "overlay1": 226, "overlay2": 120, "overlay3": 213,
        "overlay4": 15, "overlay5": 159, "overlay6": 210, "overlay7": 229,
    },
    # The eight colours of Okabe and Ito (2008), safe for colour-blind eyes, each the nearest of the 256; for any
    # background. Blue and vermillion stand for the two losses.
    "okabe-ito": {
        "train": 32, "val": 166, "gap": 175, "risk": 166, "gpu": 36, "marker": 166, "best": 214, "cursor": 74,
        "nonfinite": 166, "weak-marker": 131, "texture": 243, "axis": 245, "muted": 245, "border": 243, "key": 74,
        "warn": 214, "advice": 36, "mark": 214,
        "learning": 74, "converged": 36, "overfitting": 214, "underfitting": 175, "unstable": 178, "diverged": 166,
        "warming-up": 245, "unreadable": 166,
        "overlay0": 32, "overlay1": 166, "overlay2": 36, "overlay3": 175,
        "overlay4": 214, "overlay5": 74, "overlay6": 178, "overlay7": 245,
    },
}  # fmt: skip
"""For each theme the colour of each role, as a number of the xterm palette of 256 colours."""

_ON_DARK = {
    "tint": (238, 0x3D2428),
    "weak-tint": (236, 0x312B2C),
    "band": (237, 0x313236),
    "tint-band": (239, 0x4C2C31),
}
_ON_LIGHT = {
    "tint": (254, 0xFFF0EE),
    "weak-tint": (255, 0xF7F4F3),
    "band": (254, 0xF0F1F4),
    "tint-band": (253, 0xFFE0DB),
}
_DARKER = {
    "tint": (237, 0x35161B),
    "weak-tint": (235, 0x241E1F),
    "band": (236, 0x222428),
    "tint-band": (238, 0x451E25),
}
BACKGROUNDS = {"dark": _ON_DARK, "light": _ON_LIGHT, "contrast": _DARKER, "okabe-ito": _DARKER}
"""For each theme the colour of each background: of 256, where the only faint ones are grey, and as red, green and blue.

All are faint: curves and marks keep a contrast of 2.5 to them.
"""

DEFAULT_THEME = "dark"

BOLD_ROLES = frozenset({"title", "selected", "strong", "best", "mark", "marker"})
"""Roles written in bold, in every theme."""
WEAK_ROLES = frozenset({"weak"})
"""Roles written faintly in every theme."""
DIM_ROLES = frozenset({"muted", "axis", "border", "weak-marker"})
"""Roles written faintly where there is no colour."""
REVERSE_ROLES = frozenset({"cursor"})
"""Roles written in reverse video where there is no colour."""

_LIGHT_BACKGROUNDS = ("7", "15")
"""The numbers of white among the 16 colours of a terminal, as rxvt and Konsole write them to ``COLORFGBG``."""


def detect_theme(environ: Mapping[str, str]) -> str:
    """Return the theme for the terminal's background, which ``COLORFGBG`` tells; the default one without it.

    >>> detect_theme({"COLORFGBG": "0;15"})
    'light'
    """
    background = environ.get("COLORFGBG", "").rpartition(";")[2]
    return "light" if background in _LIGHT_BACKGROUNDS else DEFAULT_THEME


def next_theme(theme: str) -> str:
    """Return the theme after *theme*; after the last one comes the first.

    >>> next_theme("okabe-ito")
    'dark'
    """
    names = list(THEMES)
    return names[(names.index(theme) + 1) % len(names)]
