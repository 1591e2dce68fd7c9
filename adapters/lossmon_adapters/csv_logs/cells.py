"""Cut delimited text into rows, which may be on several lines, and rows into cells."""

from __future__ import annotations

import csv
import re

from lossmon_adapters.shared.numbers import parse_number

LONGEST_LINE = 1 << 20
"""Bytes of a row that is read; a longer one is left out."""
MOST_LINES = 256
"""Lines of one row, in the quoted cells of which newlines are."""

SPACES = " "
"""The delimiter of columns that are separated by any number of blanks."""
_DELIMITERS = ",\t;|"
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
"""The line by which Excel is told the delimiter."""


def guess_delimiter(line: str) -> str:
    r"""Return the delimiter that occurs most often in *line*, blanks where none does.

    >>> guess_delimiter("epoch\tloss"), guess_delimiter("epoch loss")
    ('\t', ' ')
    """
    most = max(_DELIMITERS, key=line.count)
    return most if most in line else SPACES if SPACES in line.strip() else _DELIMITERS[0]


def separator_in(line: str) -> str | None:
    """Return the delimiter that the first line of a file names for Excel, None if it is another line.

    >>> separator_in("sep=;")
    ';'
    """
    match = _SEPARATOR_LINE.fullmatch(line.strip(" "))
    return match[1] if match else None


def split_cells(line: str, delimiter: str) -> list[str] | None:
    """Return the cells of *line*, or None if it is no row: it has an open quote or too long a cell.

    >>> split_cells('1,"a, b"', ",")
    ['1', 'a, b']
    """
    if delimiter == SPACES:
        return line.split()
    if '"' not in line:
        return line.split(delimiter)
    if line.count('"') % 2:
        return None
    try:
        return next(csv.reader([line], delimiter=delimiter))
    except csv.Error:
        return None


class RowJoiner:
    """Joins the lines of a row that has newlines in quoted cells.

    If a line by itself is a whole row, the quote before it was never closed, and the lines since are left out.
    """

    def __init__(self) -> None:
        self.width = 0
        """Cells of a row; 0 if unknown."""
        self.delimiter = _DELIMITERS[0]
        self._open: list[str] = []
        self._size = 0
        self.unclosed = 0
        """Rows that were left out because a quote was not closed."""

    @property
    def is_open(self) -> bool:
        """Whether a row has begun, and its last quoted cell has not ended."""
        return bool(self._open)

    def feed(self, line: str) -> str | None:
        """Add the next line and return the row that it completes, if any."""
        is_odd = '"' in line and line.count('"') % 2 == 1
        if self._open and not is_odd and self._is_row(line):
            self._drop()
        if not self._open and not is_odd:
            return line
        self._open.append(line)
        self._size += len(line)
        if is_odd and len(self._open) > 1:
            row = "\n".join(self._open)
            self._open, self._size = [], 0
            return row
        if len(self._open) > MOST_LINES or self._size > LONGEST_LINE:
            self._drop()
        return None

    def _is_row(self, line: str) -> bool:
        """Return whether *line* has all cells of a row and begins with a number."""
        cells = split_cells(line, self.delimiter) or []
        return len(cells) == self.width > 1 and parse_number(cells[0], self.delimiter) is not None

    def _drop(self) -> None:
        self.unclosed += 1
        self._open, self._size = [], 0
