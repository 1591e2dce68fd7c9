"""What a person may ask of the screen before it starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Theme: TypeAlias = Literal["dark", "light", "contrast", "okabe-ito"]
"""Colours for a dark or a light background, of high contrast, or safe for colour-blind eyes on either."""


@dataclass(frozen=True, slots=True)
class DisplayOptions:
    """How the screen looks at first; most of it can be changed by a key."""

    x: Literal["epoch", "step", "time"] | None = None
    """What curves are drawn over at first, as far as a log knows it; None is what the log counts."""
    ascii: bool = False
    """Draw with ASCII only."""
    no_color: bool = False
    """Emit no colour at all; weight and reverse video remain."""
    theme: Theme | None = None
    """The colours to use; None for those used last, or else those made for the background."""
    stock_driver: bool = False
    """Leave the terminal to Textual's own driver."""
