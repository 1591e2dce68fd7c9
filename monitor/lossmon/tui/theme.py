"""Which colour and weight each role has; a role is what a text means, never how it looks."""

from __future__ import annotations

from collections.abc import Mapping

from rich.color import Color
from rich.style import Style

from lossmon.tui.settings import Theme

# Numbers of the 256-colour cube, all of middling lightness: they read on black and on white, keep apart for
# colour-blind eyes (blue against orange), and fall back to the nearest of 16 where a terminal has no more.
_DARK = {
    "train": 39, "val": 208, "gap": 176, "gpu": 72, "marker": 203, "best": 220, "cursor": 81, "nonfinite": 203,
    "axis": 245, "muted": 245, "border": 240, "key": 75, "warn": 214, "advice": 114, "mark": 220,
    "learning": 75, "converged": 71, "overfitting": 208, "underfitting": 176, "unstable": 220, "diverged": 203,
    "warming-up": 245, "unreadable": 203,
    "overlay0": 39, "overlay1": 208, "overlay2": 71, "overlay3": 176,
    "overlay4": 220, "overlay5": 80, "overlay6": 203, "overlay7": 250,
}  # fmt: skip
_LIGHT = {
    "train": 26, "val": 166, "gap": 133, "gpu": 29, "marker": 160, "best": 130, "cursor": 31, "nonfinite": 160,
    "axis": 241, "muted": 241, "border": 247, "key": 26, "warn": 130, "advice": 28, "mark": 130,
    "learning": 26, "converged": 28, "overfitting": 166, "underfitting": 133, "unstable": 130, "diverged": 160,
    "warming-up": 241, "unreadable": 160,
    "overlay0": 26, "overlay1": 166, "overlay2": 28, "overlay3": 133,
    "overlay4": 130, "overlay5": 30, "overlay6": 160, "overlay7": 238,
}  # fmt: skip
_CONTRAST = {
    "train": 51, "val": 226, "gap": 213, "gpu": 120, "marker": 15, "best": 15, "cursor": 51, "nonfinite": 15,
    "axis": 15, "muted": 252, "border": 250, "key": 51, "warn": 226, "advice": 120, "mark": 226,
    "learning": 51, "converged": 120, "overfitting": 226, "underfitting": 213, "unstable": 226, "diverged": 210,
    "warming-up": 252, "unreadable": 210,
    "overlay0": 51, "overlay1": 226, "overlay2": 120, "overlay3": 213,
    "overlay4": 15, "overlay5": 159, "overlay6": 210, "overlay7": 229,
}  # fmt: skip
# The eight colours of Okabe and Ito (2008), as near as the cube has them; blue and vermillion carry the two losses.
_OKABE_ITO = {
    "train": 32, "val": 166, "gap": 175, "gpu": 36, "marker": 166, "best": 214, "cursor": 74, "nonfinite": 166,
    "axis": 245, "muted": 245, "border": 243, "key": 74, "warn": 214, "advice": 36, "mark": 214,
    "learning": 74, "converged": 36, "overfitting": 214, "underfitting": 175, "unstable": 178, "diverged": 166,
    "warming-up": 245, "unreadable": 166,
    "overlay0": 32, "overlay1": 166, "overlay2": 36, "overlay3": 175,
    "overlay4": 214, "overlay5": 74, "overlay6": 178, "overlay7": 245,
}  # fmt: skip
THEMES: dict[Theme, dict[str, int]] = {
    "dark": _DARK,
    "light": _LIGHT,
    "contrast": _CONTRAST,
    "okabe-ito": _OKABE_ITO,
}
"""The number of the colour of each role."""
_BOLD = frozenset({"title", "selected", "strong", "best", "mark", "marker"})
_DIM = frozenset({"muted", "axis", "border"})
_REVERSE = frozenset({"cursor"})


def usual_theme(environ: Mapping[str, str]) -> Theme:
    """Return the theme for the background that the terminal says it has, in ``COLORFGBG``; dark where it does not."""
    return "light" if environ.get("COLORFGBG", "").rpartition(";")[2] in ("7", "15") else "dark"


def following_theme(theme: Theme) -> Theme:
    """Return the next theme in turn."""
    themes = list(THEMES)
    return themes[(themes.index(theme) + 1) % len(themes)]


class Palette:
    """Turns roles into styles of the terminal."""

    def __init__(self, theme: Theme, *, colored: bool = True) -> None:
        self._colored = colored
        self.use(theme)

    def use(self, theme: Theme) -> None:
        """Take the colours of *theme* from now on."""
        self._numbers = THEMES[theme] if self._colored else {}
        self._styles: dict[str, Style] = {}

    def style(self, roles: str) -> Style:
        """Return the style of one role or of several, separated by blanks; unknown ones look like plain text."""
        found = self._styles.get(roles)
        if found is None:
            found = self._styles[roles] = Style.combine([Style.null(), *map(self._one, roles.split())])
        return found

    def _one(self, role: str) -> Style:
        number = self._numbers.get(role)
        return Style(
            color=None if number is None else Color.from_ansi(number),
            bold=role in _BOLD or None,
            # Without colour, faintness is what is left to step back by.
            dim=(role in _DIM and not self._colored) or None,
            reverse=(role in _REVERSE and not self._colored) or None,
        )
