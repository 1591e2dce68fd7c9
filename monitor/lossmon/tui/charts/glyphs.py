"""The characters that charts are drawn with: one set with braille and block characters, one in ASCII."""

from __future__ import annotations

from dataclasses import dataclass

DOT_BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The bit of each of the 4 x 2 dots of a cell, by row and column, as in the Unicode braille patterns (U+2800)."""


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


UNICODE = Glyphs(
    dots=" " + "".join(chr(0x2800 + bits) for bits in range(1, 256)),
    bars="▁▂▃▄▅▆▇█",
    drops="▔▀█",
    axis="│",
    tick="┤",
    marker="╎",
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
