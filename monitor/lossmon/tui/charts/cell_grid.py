"""A grid of character cells that a chart is drawn on, and its conversion to lines of styled text."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lossmon.core.text import cell_width
from lossmon.tui.roles import BACKGROUNDS, ROLES, Background, Role
from lossmon.tui.styled_text import Line, Lines

_ROLE_NUMBERS = {role: number for number, role in enumerate(ROLES)}
_BACKGROUND_NUMBERS = {background: number for number, background in enumerate(BACKGROUNDS)}
_LOOKS = [f"{role} {background}".strip() for background in BACKGROUNDS for role in ROLES]
"""The roles of a span for each number of a role and a background."""
_BLANK = ord(" ")
_CONTINUED = 0
"""Code in the second cell of a wide character."""


class CellGrid:
    """A grid of *width* x *height* cells, each with a character, a role and a background.

    Drawing outside the grid has no effect.
    """

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self._codes = np.full((height, width), _BLANK, np.uint32)
        self._roles = np.zeros((height, width), np.uint8)
        self._backgrounds = np.zeros((height, width), np.uint8)

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

    def draw_behind(self, column: int, character: str, role: Role, height: int, columns: int = 1) -> None:
        """Draw a character in the blank cells among the topmost *height* cells of *column*, or of some *columns*."""
        if 0 <= column < self.width:
            block = slice(height), slice(column, column + columns)
            empty = self._codes[block] == _BLANK
            self._codes[block][empty] = ord(character)
            self._roles[block][empty] = _ROLE_NUMBERS[role]

    def shade(self, column: int, cells: NDArray[np.bool_], background: Background) -> None:
        """Give the marked *cells* a background; shape (rows, columns), their first is in the top row at *column*.

        The block must be inside the grid.
        """
        rows, columns = cells.shape
        self._backgrounds[:rows, column : column + columns][cells] = _BACKGROUND_NUMBERS[background]

    def lines(self) -> Lines:
        """Return one line per row, without blanks at its end; adjacent cells of one look become one span.

        >>> grid = CellGrid(4, 1)
        >>> grid.write(0, 0, "ab", "val")
        >>> grid.lines()
        ((('ab', 'val'),),)
        """
        looks = _looks(self._codes, self._roles, self._backgrounds)
        visible = (self._codes != _BLANK) | (self._backgrounds > 0)
        return tuple(map(_line, self._codes, looks, visible))


def _looks(codes: NDArray[np.uint32], roles: NDArray[np.uint8], backgrounds: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the index in ``_LOOKS`` for each cell; all arrays have the shape (rows, columns).

    A blank has no visible colour: it has the role of the character before it on the same background, or of the one
    after it, which saves the terminal a change of colour.
    """
    drawn, columns = codes != _BLANK, np.arange(codes.shape[1])
    begins = np.ones_like(drawn)
    begins[:, 1:] = backgrounds[:, 1:] != backgrounds[:, :-1]
    start = np.maximum.accumulate(np.where(begins, columns, 0), axis=1)
    before = np.maximum.accumulate(np.where(drawn, columns, -1), axis=1)
    after = np.minimum.accumulate(np.where(drawn, columns, columns[-1:])[:, ::-1], axis=1)[:, ::-1]
    chosen = np.where(before >= start, before, after)
    is_same = np.take_along_axis(backgrounds, chosen, 1) == backgrounds
    chosen_roles = np.where(is_same, np.take_along_axis(roles, chosen, 1), 0)
    looks: NDArray[np.int64] = chosen_roles + len(ROLES) * backgrounds.astype(np.int64)
    return looks


def _line(codes: NDArray[np.uint32], looks: NDArray[np.int64], visible: NDArray[np.bool_]) -> Line:
    shown = np.flatnonzero(visible)
    if not len(shown):
        return ()
    end = int(shown[-1]) + 1
    changes = np.flatnonzero(looks[1:end] != looks[: end - 1]) + 1
    starts = [0, *changes.tolist()]
    text = codes[:end].astype("<u4").tobytes().decode("utf-32-le")
    return tuple(
        (text[start:stop].replace(chr(_CONTINUED), ""), _LOOKS[looks[start]])
        for start, stop in zip(starts, [*starts[1:], end], strict=True)
    )
