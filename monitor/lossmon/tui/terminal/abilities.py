"""What a terminal can show: how many colours, and whether its font has braille."""

from __future__ import annotations

from collections.abc import Mapping

from lossmon.tui.theme import FEW_COLORS, ColorDepth

_DEPTHS: dict[str | None, ColorDepth] = {"256": 8, "truecolor": 24}
"""Bits for each colour, by Rich's name of what it detects; all other terminals have 16 colours."""
_CONSOLES = ("linux",)
"""Values of ``TERM``, up to a hyphen, of terminals whose font has at most 512 characters: no braille, no stars."""


def color_depth() -> ColorDepth:
    """Return how many colours the terminal has, by ``COLORTERM`` and ``TERM``, as Rich reads them."""
    from rich.console import Console

    return _DEPTHS.get(Console(force_terminal=True).color_system, FEW_COLORS)


def has_small_font(environ: Mapping[str, str]) -> bool:
    """Return whether the terminal is a console of Linux, whose font has half blocks but no braille.

    >>> has_small_font({"TERM": "linux-16color"}), has_small_font({"TERM": "xterm-256color"})
    (True, False)
    """
    return environ.get("TERM", "").partition("-")[0] in _CONSOLES
