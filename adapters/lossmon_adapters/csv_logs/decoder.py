"""Tables, row by row or a block of rows at once."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lossmon.core.naming import EARLIEST, LATEST
from lossmon.core.points import Floats, Ints, Scalars, as_integers
from lossmon.core.text import Name
from lossmon_adapters.csv_logs.header import MOST_COLUMNS, Header, cells_of, number_in, parse_header
from lossmon_adapters.shared.lines import WORTH_BLOCKS, Lines, ReadsEverything, spans

_LONGEST_LINE = 1 << 20

# Stands for a cell that holds no number: a value so small that no log has it, and that survives a round trip as text.
_MISSING = -7e-323
_MISSING_TEXT = b"-7e-323"

# All that a row of plain numbers is made of; with any other byte a block is read row by row.
_PLAIN = b"0123456789+-.eE naifNAIF,;\t\r\n"


class TableDecoder(ReadsEverything):
    """Decodes one table. The rows give a point to each column that has a number there.

    A header that comes again, perhaps with other columns, is followed. A row that has more or fewer cells than the
    header is left out, since nothing tells which of its cells are missing.
    """

    def __init__(self) -> None:
        self._lines = Lines(_LONGEST_LINE)
        self._header: Header | None = None
        self._header_line = ""
        self._names: dict[str, Name] = {}
        self._wall_is_time: bool | None = None
        self._rows = 0
        self._last_x = 0.0
        self._ragged = 0
        self._unquoted = 0
        self._cut_columns = 0

    @property
    def notices(self) -> Sequence[str]:
        """What was wrong with the rows so far."""
        told = []
        if self._cut_columns:
            told.append(f"{self._cut_columns:,} columns: only the first {MOST_COLUMNS} are read")
        if self._lines.too_long:
            told.append(f"lines of more than 1 MiB left out: {self._lines.too_long:,}")
        if self._ragged:
            told.append(f"rows with more or fewer cells than the header left out: {self._ragged:,}")
        if self._unquoted:
            told.append(f"rows with an open quote or an oversized cell left out: {self._unquoted:,}")
        return told

    def feed(self, data: bytes | memoryview) -> list[Scalars]:
        """Take the next bytes and return the points of the rows they complete."""
        columns: list[Scalars] = []
        block = self._lines.feed(data)
        # Only below a header that is known can rows be read at once.
        first = block.find(b"\n") + 1 if self._header is None else 0
        for begin, end in spans(block, first):
            part = block[begin:end]
            values = self._block(part) if len(part) >= WORTH_BLOCKS else None
            if values is None:
                self._row_by_row(part, columns)
            else:
                columns += self._columns(values)
        return columns

    def _block(self, block: bytes) -> Floats | None:
        """Return rows and columns of *block* if it holds nothing but whole rows of plain numbers."""
        header = self._header
        if header is None or block.translate(None, _PLAIN):
            return None
        delimiter = header.delimiter.encode()
        text = block.replace(b"\r", b"") if b"\r" in block else block
        if header.delimiter == ";":
            text = text.replace(b",", b".")
        rows = _even_rows(text, delimiter, header.width)
        text = _filled(text.replace(b"\n", b",").replace(delimiter, b","))
        values = _numbers(text) if rows else None
        if values is None or len(values) != rows * header.width:
            return None
        return values.reshape(rows, header.width)[:, : len(header.names)]

    def _row_by_row(self, block: bytes, columns: list[Scalars]) -> None:
        rows: list[list[float]] = []
        for line in block.decode("utf-8", "replace").split("\n"):
            header = self._header_in(line)
            if header is not None:
                columns += self._columns(np.array(rows))
                rows = []
                self._follow(header)
                continue
            row = self._row(line)
            if row is not None:
                rows.append(row)
        columns += self._columns(np.array(rows))

    def _header_in(self, line: str) -> Header | None:
        """Return the header *line* is; a quick look suffices where one is known and the line is not the same again."""
        line = line.rstrip("\r")
        if self._header and line != self._header_line and not line[:1].isalpha():
            return None
        header = parse_header(line)
        if header:
            self._header_line = line
        return header

    def _follow(self, header: Header) -> None:
        if self._header is None or header.names != self._header.names:
            self._wall_is_time = None
        self._header = header
        if header.width > MOST_COLUMNS:
            self._cut_columns = header.width

    def _row(self, line: str) -> list[float] | None:
        """Return the cells of a row, or None of what is no row."""
        header = self._header
        line = line.rstrip("\r")
        if header is None or not line:
            return None
        cells = cells_of(line, header.delimiter)
        if cells is None:
            self._unquoted += 1
            return None
        if len(cells) == header.width + 1 and not cells[-1].strip():
            cells.pop()
        if len(cells) != header.width:
            self._ragged += 1
            return None
        numbers = (number_in(cell, header.delimiter) for cell in cells[: len(header.names)])
        return [_MISSING if number is None else number for number in numbers]

    def _columns(self, values: Floats) -> list[Scalars]:
        header = self._header
        if header is None or not len(values):
            return []
        by_column = np.ascontiguousarray(values.T)
        present = by_column != _MISSING
        x = self._x(header, by_column)
        wall = self._wall(header, by_column, present)
        counts = present.sum(axis=1).tolist()
        columns = []
        for index, tag in header.tags.items():
            if not counts[index] or (index == header.wall and self._wall_is_time):
                continue
            name = self._names.get(tag) or self._names.setdefault(tag, Name.of(tag))
            parts = x, wall, by_column[index]
            if counts[index] < len(wall):
                there = present[index]
                parts = x[there], wall[there], by_column[index][there]
            columns.append(Scalars(name, header.axis, *parts))
        return columns

    def _x(self, header: Header, by_column: Floats) -> Ints | Floats:
        """Return x of each row; a row that does not say is of the same x as the one before."""
        count = by_column.shape[1]
        if header.x is None:
            self._rows += count
            return np.arange(self._rows - count, self._rows)
        x = np.concatenate([[self._last_x], by_column[header.x]])
        said = np.isfinite(x) & (x != _MISSING)
        x = x[np.maximum.accumulate(np.where(said, np.arange(count + 1), 0))]
        self._last_x = float(x[-1])
        return as_integers(x)[1:]

    def _wall(self, header: Header, by_column: Floats, present: NDArray[np.bool_]) -> Floats:
        unknown = np.full(by_column.shape[1], np.nan)
        if header.wall is None:
            return unknown
        seconds = by_column[header.wall]
        there = present[header.wall]
        if self._wall_is_time is None and there.any():
            self._wall_is_time = bool(EARLIEST < seconds[there][0] < LATEST)
        return np.where(there, seconds, np.nan) if self._wall_is_time else unknown


def _even_rows(text: bytes, delimiter: bytes, width: int) -> int:
    """Return how many rows *text* has if each has *width* cells, else 0."""
    every = np.frombuffer(text, np.uint8)
    marks = every[(every == delimiter[0]) | (every == ord("\n"))]
    if len(marks) % width:
        return 0
    ends = marks.reshape(-1, width) == ord("\n")
    return len(ends) if ends[:, -1].all() and not ends[:, :-1].any() else 0


def _filled(text: bytes) -> bytes:
    """Return cells separated by commas with what stands for a missing number in those that are blank or ``NA``."""
    missing = b"," + _MISSING_TEXT + b","
    text = b"," + text
    for blank in (b",,", b",NA,"):
        if blank in text:
            # Neighbours share a comma, so every other one is left by the first pass.
            text = text.replace(blank, missing).replace(blank, missing)
    return text[1:]


def _numbers(text: bytes) -> Floats | None:
    """Return the numbers in *text*, each followed by a comma, or None if there is anything else in it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return np.fromstring(text[:-1], sep=",")
    except (ValueError, DeprecationWarning):
        return None
