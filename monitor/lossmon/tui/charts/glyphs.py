"""The characters charts are drawn with: braille and blocks, or nothing but ASCII."""

from __future__ import annotations

from dataclasses import dataclass

DOT_BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The bit of each of the 4 x 2 dots of a cell, by row and column, as Unicode numbers them in braille."""


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One character for each thing a chart can show, all one cell wide."""

    dots: str
    """256 characters: what stands for each pattern of ``DOT_BITS``."""
    bars: str
    """Bars that rise from the bottom of a cell, the last fills it."""
    drops: str
    """Bars that hang from the top of a cell, the last fills it."""
    axis: str
    tick: str
    marker: str
    best: str
    point: str
    """A point with no line to either side."""
    cursor: str
    nan: str
    infinite: str
    above: str
    """A point beyond the top of the chart."""
    below: str
    """A point beyond the bottom of the chart."""
    positive: str
    """A value above zero where there is no room for a bar that stands."""
    negative: str
    """A value below zero where there is no room for a bar that hangs."""
    ellipsis: str


def _occupied(bits: int, column: int) -> list[int]:
    return [row for row in range(4) if bits & DOT_BITS[row][column]]


def _slope(left: list[int], right: list[int]) -> str:
    """Return the stroke for a cell whose halves differ by more than a dot in height, or nothing."""
    if not left or not right:
        return ""
    lean = sum(right) / len(right) - sum(left) / len(left)
    if abs(lean) <= 1:
        return ""
    return "\\" if lean > 0 else "/"


def _ascii_cell(bits: int) -> str:
    left, right = _occupied(bits, 0), _occupied(bits, 1)
    rows = {*left, *right}
    if not rows:
        return " "
    if stroke := _slope(left, right):
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
    dots="".join(_ascii_cell(bits) for bits in range(256)),
    bars="_.-=+*%#",
    drops="'\"#",
    axis="|",
    tick="+",
    marker=":",
    best="*",
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
