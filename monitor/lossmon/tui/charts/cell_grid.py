"""The grid of cells a chart is drawn on, and the styled lines it becomes."""

from __future__ import annotations

import unicodedata
from typing import Literal, NamedTuple, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

Role: TypeAlias = Literal[
    "",
    "train",
    "val",
    "gap",
    "marker",
    "best",
    "axis",
    "muted",
    "nonfinite",
    "gpu",
    "cursor",
    "overlay0",
    "overlay1",
    "overlay2",
    "overlay3",
    "overlay4",
    "overlay5",
    "overlay6",
    "overlay7",
]
"""What a piece of text stands for; the screen gives each role its colour, and the empty one none."""

ROLES: tuple[Role, ...] = get_args(Role)
OVERLAYS: tuple[Role, ...] = ROLES[-8:]
"""The roles of compared runs, in the order in which they are given out."""

_INDEX = {role: index for index, role in enumerate(ROLES)}
_BLANK = ord(" ")


class Span(NamedTuple):
    """Text of one role."""

    text: str
    style: Role


Line: TypeAlias = tuple[Span, ...]
"""One row of cells; a blank belongs to the span before it, and blanks at the end are left out."""

Lines: TypeAlias = tuple[Line, ...]


def cell_width(text: str) -> int:
    """Return how many cells *text* takes: two for a wide character, none for one that combines."""
    if text.isascii():
        return len(text)
    return sum(map(_character_width, text))


def _character_width(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf", "Cc"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def fit(text: str, width: int, ellipsis: str = "…") -> str:
    """Return *text* cut to *width* cells, the cut shown by *ellipsis*; empty where there is no room at all."""
    if cell_width(text) <= width:
        return text
    kept, room = [], width - len(ellipsis)
    if room < 0:
        return ""
    for character in text:
        room -= _character_width(character)
        if room < 0:
            break
        kept.append(character)
    return "".join(kept) + ellipsis


class CellGrid:
    """A grid of *width* x *height* cells, each with a character and a role; what falls outside it is not drawn."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self._codes = np.full((height, width), _BLANK, np.uint32)
        self._roles = np.zeros((height, width), np.uint8)

    def blank(self, row: int, column: int, width: int = 1) -> bool:
        """Say whether *width* cells from this one on lie on the canvas and are empty."""
        inside = 0 <= row < self.height and column >= 0 and column + width <= self.width
        return inside and bool((self._codes[row, column : column + width] == _BLANK).all())

    def put(self, row: int, column: int, character: str, role: Role) -> None:
        """Set one cell."""
        if 0 <= row < self.height and 0 <= column < self.width:
            self._codes[row, column] = ord(character)
            self._roles[row, column] = _INDEX[role]

    def write(self, row: int, column: int, text: str, role: Role) -> None:
        """Write *text* from a cell on; a wide character takes two, and is left out where only half of it would fit."""
        for character in text:
            width = _character_width(character)
            if width and 0 <= column <= self.width - width:
                self.put(row, column, character, role)
                if width == 2:
                    self._codes[row, column + 1] = 0
                    self._roles[row, column + 1] = _INDEX[role]
            column += width

    def stamp(self, column: int, codes: NDArray[np.uint32], role: Role) -> None:
        """Lay a block of characters over the topmost rows, from a column on; its blanks let through what is there."""
        rows, columns = codes.shape
        drawn = codes != _BLANK
        self._codes[:rows, column : column + columns][drawn] = codes[drawn]
        self._roles[:rows, column : column + columns][drawn] = _INDEX[role]

    def underlay(self, column: int, character: str, role: Role, height: int) -> None:
        """Fill the empty ones of the topmost *height* cells of a column."""
        if 0 <= column < self.width:
            empty = self._codes[:height, column] == _BLANK
            self._codes[:height, column][empty] = ord(character)
            self._roles[:height, column][empty] = _INDEX[role]

    def lines(self) -> Lines:
        """Return the rows as spans, adjacent cells of one role in one span."""
        return tuple(map(_spans, self._codes, self._roles))


def _spans(codes: NDArray[np.uint32], roles: NDArray[np.uint8]) -> Line:
    drawn = np.flatnonzero(codes != _BLANK)
    if not len(drawn):
        return ()
    end = int(drawn[-1]) + 1
    used = roles[drawn]
    # A blank has no colour of its own: in the span before it, it costs the terminal no change of colour.
    changes = np.flatnonzero(used[1:] != used[:-1]) + 1
    starts = [0, *drawn[changes].tolist()]
    styles = [used[0], *used[changes].tolist()]
    text = codes[:end].astype("<u4").tobytes().decode("utf-32-le")
    ends = [*starts[1:], end]
    return tuple(
        Span(text[start:stop].replace("\0", ""), ROLES[style])
        for start, stop, style in zip(starts, ends, styles, strict=True)
    )
