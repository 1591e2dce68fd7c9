"""Which colour and weight each role has; a role is what a text means, never how it looks."""

from __future__ import annotations

from rich.color import Color
from rich.style import Style

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
_BOLD = frozenset({"title", "selected", "strong", "best", "mark", "marker"})
_DIM = frozenset({"muted", "axis", "border"})
_REVERSE = frozenset({"cursor"})


class Palette:
    """Turns roles into styles of the terminal."""

    def __init__(self, *, light: bool = False, colored: bool = True) -> None:
        self._numbers = (_LIGHT if light else _DARK) if colored else {}
        self._colored = colored
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
