"""The characters that charts are drawn with: a set with braille and bars, one with half blocks, one in ASCII."""

from __future__ import annotations

from dataclasses import dataclass, replace

DOT_BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The bit of each of the 4 x 2 dots of a cell, by row and column, as in the Unicode braille patterns (U+2800)."""
_UPPER_DOTS = 0x1B
"""The bits of the dots in the upper half of a cell."""


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One character for each part of a chart, each one cell wide."""

    dots: str
    """256 characters: one for each combination of ``DOT_BITS``."""
    bars: str
    """Bars from the bottom of a cell, shortest first; the last fills it."""
    drops: str
    """Bars from the top of a cell, shortest first; the last fills it."""
    axis: str
    tick: str
    marker: str
    weak_marker: str
    restart: str
    """Where the training began again, on the x axis."""
    texture: str
    """Fills what a background would tint."""
    best: str
    best_score: str
    """The evaluation with the best score, where the loss was best elsewhere."""
    point: str
    """A point without a line on either side."""
    cursor: str
    nan: str
    infinite: str
    above: str
    """A point above the y axis."""
    below: str
    """A point below the y axis."""
    positive: str
    """A value above zero if there is no row for a bar."""
    negative: str
    """A value below zero if there is no row for a bar."""
    ellipsis: str

    @property
    def sample(self) -> str:
        """A falling curve, bars and marks, to see whether a font has them."""
        curve = "".join(self.dots[bits] for bits in (0x09, 0x11, 0x12, 0x22, 0x24, 0x84, 0xC0))
        return f"{curve} {self.bars} {self.axis}{self.tick} {self.marker}{self.best}{self.restart}"


def _rows_of_dots(bits: int, column: int) -> list[int]:
    return [row for row in range(4) if bits & DOT_BITS[row][column]]


def _stroke(left: list[int], right: list[int]) -> str:
    """Return a slash if the dots of the two columns differ by more than one row on average, else an empty string."""
    if not left or not right:
        return ""
    difference = sum(right) / len(right) - sum(left) / len(left)
    if abs(difference) <= 1:
        return ""
    return "\\" if difference > 0 else "/"


def _ascii_for(bits: int) -> str:
    """Return the ASCII character that looks most like the dots *bits* of a cell."""
    left, right = _rows_of_dots(bits, 0), _rows_of_dots(bits, 1)
    rows = {*left, *right}
    if not rows:
        return " "
    if stroke := _stroke(left, right):
        return stroke
    if len(rows) > 2:
        return "|"
    if max(rows) - min(rows) > 1:
        return ":"
    return "''--..."[min(rows) + max(rows)]


def _half_block_for(bits: int) -> str:
    """Return the half block that covers the dots *bits* of a cell."""
    return " ▄▀█"[2 * bool(bits & _UPPER_DOTS) + bool(bits & ~_UPPER_DOTS)]


UNICODE = Glyphs(
    dots=" " + "".join(chr(0x2800 + bits) for bits in range(1, 256)),
    bars="▁▂▃▄▅▆▇█",
    drops="▔▀█",
    axis="│",
    tick="┤",
    marker="╎",
    weak_marker="┊",
    restart="↺",
    texture="░",
    best="★",
    best_score="☆",
    point="•",
    cursor="│",
    nan="×",
    infinite="∞",
    above="▲",
    below="▼",
    positive="+",
    negative="−",
    ellipsis="…",
)
"""Braille lines and block bars."""

ASCII = Glyphs(
    dots="".join(_ascii_for(bits) for bits in range(256)),
    bars="_.-=+*%#",
    drops="'\"#",
    axis="|",
    tick="+",
    marker=":",
    weak_marker=":",
    restart="<",
    texture=" ",
    best="*",
    best_score="@",
    point="o",
    cursor="|",
    nan="x",
    infinite="!",
    above="^",
    below="v",
    positive="+",
    negative="-",
    ellipsis="~",
)
"""For terminals without UTF-8."""

BLOCKS = replace(
    ASCII,
    dots="".join(_half_block_for(bits) for bits in range(256)),
    bars="_░▒▓█",
    drops="'▀█",
    axis="│",
    tick="┤",
    weak_marker="·",
    texture="░",
    point="·",
    cursor="│",
)
"""For a font of 256 characters, as the Linux console has: those of code page 437, without braille."""
