"""What a person may ask of the screen before it starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Options:
    """How the screen looks at first; most of it can be changed by a key."""

    smoothing: float = 0.0
    """Weight of the exponential moving average, 0 (none) up to, not including, 1."""
    x: Literal["epoch", "step", "time"] | None = None
    """What curves are drawn over at first, as far as a log knows it; None is what the log counts."""
    ascii: bool = False
    """Draw with ASCII only."""
    no_color: bool = False
    """Emit no colour at all; weight and reverse video remain."""
    light: bool = False
    """Use the colours made for a light background."""
    stock_driver: bool = False
    """Leave the terminal to Textual's own driver."""
