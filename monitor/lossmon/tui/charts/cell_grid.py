"""A grid of character cells that a chart is drawn on, and its conversion to lines of styled text."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lossmon.core.text import cell_width
from lossmon.tui.roles import ROLES, Role
from lossmon.tui.styled_text import Line, Lines

_ROLE_NUMBERS = {role: number for number, role in enumerate(ROLES)}
_BLANK = ord(" ")
_CONTINUED = 0
"""Code in the second cell of a wide character."""


class CellGrid:
    """A grid of *width* x *height* cells, each with a character and a role. Drawing outside the grid has no effect."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self._codes = np.full((height, width), _BLANK, np.uint32)
        self._roles = np.zeros((height, width), np.uint8)

    def is_blank(self, row: int, column: int, width: int = 1) -> bool:
        """Return whether the *width* cells that begin at *column* are inside the grid and empty."""
        inside = 0 <= row < self.height and column >= 0 and column + width <= self.width
        return inside and bool((self._codes[row, column : column + width] == _BLANK).all())

    def put(self, row: int, column: int, character: str, role: Role) -> None:
        """Set one cell."""
        if 0 <= row < self.height and 0 <= column < self.width:
            self._codes[row, column] = ord(character)
            self._roles[row, column] = _ROLE_NUMBERS[role]

    def write(self, row: int, column: int, text: str, role: Role) -> None:
        """Write *text* from *column* on. A wide character needs two cells; it is left out if only one is inside."""
        for character in text:
            width = cell_width(character)
            if width and 0 <= column <= self.width - width:
                self.put(row, column, character, role)
                if width == 2:
                    self._codes[row, column + 1] = _CONTINUED
                    self._roles[row, column + 1] = _ROLE_NUMBERS[role]
            column += width

    def draw_block(self, column: int, codes: NDArray[np.uint32], role: Role) -> None:
        """Draw characters over the topmost rows from *column* on; blanks in *codes* leave a cell as it is.

        *codes* are Unicode code points of shape (rows, columns); the block must be inside the grid.
        """
        rows, columns = codes.shape
        drawn = codes != _BLANK
        self._codes[:rows, column : column + columns][drawn] = codes[drawn]
        self._roles[:rows, column : column + columns][drawn] = _ROLE_NUMBERS[role]

    def draw_behind(self, column: int, character: str, role: Role, height: int) -> None:
        """Draw a vertical line in the blank cells among the topmost *height* cells of *column*."""
        if 0 <= column < self.width:
            empty = self._codes[:height, column] == _BLANK
            self._codes[:height, column][empty] = ord(character)
            self._roles[:height, column][empty] = _ROLE_NUMBERS[role]

    def lines(self) -> Lines:
        """Return one line per row, without blanks at its end; adjacent cells of one role become one span.

        >>> grid = CellGrid(4, 1)
        >>> grid.write(0, 0, "ab", "val")
        >>> grid.lines()
        ((('ab', 'val'),),)
        """
        return tuple(map(_line, self._codes, self._roles))


def _line(codes: NDArray[np.uint32], roles: NDArray[np.uint8]) -> Line:
    drawn = np.flatnonzero(codes != _BLANK)
    if not len(drawn):
        return ()
    end = int(drawn[-1]) + 1
    used = roles[drawn]
    # A blank has no visible colour. Inside the span before it, it saves the terminal a change of colour.
    changes = np.flatnonzero(used[1:] != used[:-1]) + 1
    starts = [0, *drawn[changes].tolist()]
    numbers = [used[0], *used[changes].tolist()]
    text = codes[:end].astype("<u4").tobytes().decode("utf-32-le")
    ends = [*starts[1:], end]
    return tuple(
        (text[start:stop].replace(chr(_CONTINUED), ""), ROLES[number])
        for start, stop, number in zip(starts, ends, numbers, strict=True)
    )
