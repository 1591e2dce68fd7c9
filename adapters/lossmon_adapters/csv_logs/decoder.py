"""Decode tables in delimited text: many rows at once where they hold only numbers, else row by row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from warnings import catch_warnings, simplefilter

import numpy as np
from numpy.typing import NDArray

from lossmon.core.metric_names import EARLIEST_WALL_TIME, LATEST_WALL_TIME
from lossmon.core.points import Floats, Ints, Scalars, as_integers
from lossmon.core.text import Name
from lossmon_adapters.csv_logs.header import (
    LONGEST_LINE,
    MOST_COLUMNS,
    Header,
    parse_header,
    parse_number,
    split_cells,
)
from lossmon_adapters.shared.lines import MIN_BLOCK_BYTES, LineSplitter, NeverSkips, line_spans

_MISSING = -7e-323
"""Marks a cell without a number: too small to be in any log, and the same after a round trip as text."""
_MISSING_TEXT = b"-7e-323"

_NUMERIC_BYTES = b"0123456789+-.eE naifNAIF,;\t\r\n"
"""The bytes of rows of plain numbers; text with any other byte is decoded row by row."""


class CsvDecoder(NeverSkips):
    """Decodes one table. Each row gives a point to every column in which it has a number.

    A header that comes again, perhaps with other columns, replaces the one before. A row with more or fewer cells than
    the header is left out, since nothing tells which of its cells are missing.
    """

    def __init__(self) -> None:
        self._lines = LineSplitter(LONGEST_LINE)
        self._header: Header | None = None
        self._header_line = ""
        self._names: dict[str, Name] = {}
        self._has_wall_times: bool | None = None
        self._rows_without_x = 0
        self._last_x = 0.0
        self._ragged_rows = 0
        self._unquoted_rows = 0
        self._cut_columns = 0

    @property
    def warnings(self) -> Sequence[str]:
        """What was left out, a sentence each."""
        warnings = []
        if self._cut_columns:
            warnings.append(f"{self._cut_columns:,} columns: only the first {MOST_COLUMNS} are read")
        warnings += self._lines.warnings
        if self._ragged_rows:
            warnings.append(f"rows with more or fewer cells than the header left out: {self._ragged_rows:,}")
        if self._unquoted_rows:
            warnings.append(f"rows with an open quote or an oversized cell left out: {self._unquoted_rows:,}")
        return warnings

    def feed(self, data: bytes | memoryview) -> list[Scalars]:
        """Add the next bytes and return the points of the rows they complete."""
        scalars: list[Scalars] = []
        text = self._lines.feed(data)
        # Rows can only be decoded at once below a known header.
        header_size = text.find(b"\n") + 1 if self._header is None else 0
        for begin, end in line_spans(text, header_size):
            lines = text[begin:end]
            rows = self._parse_block(lines) if len(lines) >= MIN_BLOCK_BYTES else None
            scalars += self._parse_lines(lines) if rows is None else self._scalars(rows)
        return scalars

    def _parse_block(self, lines: bytes) -> Floats | None:
        """Return the cells of all *lines*, shape (rows, columns), if they are whole rows of plain numbers."""
        header = self._header
        if header is None or lines.translate(None, _NUMERIC_BYTES):
            return None
        delimiter = header.delimiter.encode()
        text = lines.replace(b"\r", b"") if b"\r" in lines else lines
        if header.delimiter == ";":
            text = text.replace(b",", b".")
        rows = _count_rows(text, delimiter, header.width)
        if not rows:
            return None
        cells = _parse_cells(_fill_missing(text.replace(b"\n", b",").replace(delimiter, b",")))
        if cells is None or len(cells) != rows * header.width:
            return None
        return cells.reshape(rows, header.width)[:, : len(header.names)]

    def _parse_lines(self, lines: bytes) -> list[Scalars]:
        scalars: list[Scalars] = []
        rows: list[list[float]] = []
        for line in lines.decode("utf-8", "replace").split("\n"):
            header = self._parse_header(line)
            if header is not None:
                scalars += self._scalars(np.array(rows))
                rows = []
                self._set_header(header)
                continue
            row = self._parse_row(line)
            if row is not None:
                rows.append(row)
        return scalars + self._scalars(np.array(rows))

    def _parse_header(self, line: str) -> Header | None:
        """Return the header in *line*; below a known header only lines that repeat it or begin with a letter count."""
        line = line.rstrip("\r")
        if self._header and line != self._header_line and not line[:1].isalpha():
            return None
        header = parse_header(line)
        if header:
            self._header_line = line
        return header

    def _set_header(self, header: Header) -> None:
        if self._header is None or header.names != self._header.names:
            self._has_wall_times = None
        self._header = header
        if header.width > MOST_COLUMNS:
            self._cut_columns = header.width

    def _parse_row(self, line: str) -> list[float] | None:
        """Return the cells of a row, ``_MISSING`` where one has no number, or None if *line* is no row."""
        header = self._header
        line = line.rstrip("\r")
        if header is None or not line:
            return None
        cells = split_cells(line, header.delimiter)
        if cells is None:
            self._unquoted_rows += 1
            return None
        if len(cells) == header.width + 1 and not cells[-1].strip():
            cells.pop()
        if len(cells) != header.width:
            self._ragged_rows += 1
            return None
        numbers = (parse_number(cell, header.delimiter) for cell in cells[: len(header.names)])
        return [_MISSING if number is None else number for number in numbers]

    def _scalars(self, rows: Floats) -> list[Scalars]:
        """Return the points in *rows*, shape (rows, columns)."""
        header = self._header
        if header is None or not len(rows):
            return []
        columns = np.ascontiguousarray(rows.T)
        present = columns != _MISSING
        x = self._x(header, columns)
        wall = self._wall(header, columns, present)
        counts = present.sum(axis=1).tolist()
        scalars = []
        for index, tag in header.tags.items():
            if not counts[index] or (index == header.wall and self._has_wall_times):
                continue
            name = self._names.get(tag) or self._names.setdefault(tag, Name.of(tag))
            points = x, wall, columns[index]
            if counts[index] < len(wall):
                there = present[index]
                points = x[there], wall[there], columns[index][there]
            scalars.append(Scalars(name, header.axis, *points))
        return scalars

    def _x(self, header: Header, columns: Floats) -> Ints | Floats:
        """Return x of each row; a row without x has that of the row before."""
        count = columns.shape[1]
        if header.x is None:
            self._rows_without_x += count
            return np.arange(self._rows_without_x - count, self._rows_without_x)
        x = np.concatenate([[self._last_x], columns[header.x]])
        is_known = np.isfinite(x) & (x != _MISSING)
        x = x[np.maximum.accumulate(np.where(is_known, np.arange(count + 1), 0))]
        self._last_x = float(x[-1])
        return as_integers(x)[1:]

    def _wall(self, header: Header, columns: Floats, present: NDArray[np.bool_]) -> Floats:
        """Return the wall time of each row in seconds since 1970, NaN where the table has none."""
        unknown = np.full(columns.shape[1], np.nan)
        if header.wall is None:
            return unknown
        seconds = columns[header.wall]
        there = present[header.wall]
        if self._has_wall_times is None and there.any():
            self._has_wall_times = bool(EARLIEST_WALL_TIME < seconds[there][0] < LATEST_WALL_TIME)
        return np.where(there, seconds, np.nan) if self._has_wall_times else unknown


_BLANK_CELL = re.compile(rb"(?:^|,)[ \t]+,")


def _count_rows(text: bytes, delimiter: bytes, width: int) -> int:
    """Return how many rows *text* has if each has *width* cells, else 0."""
    every = np.frombuffer(text, np.uint8)
    marks = every[(every == delimiter[0]) | (every == ord("\n"))]
    if len(marks) % width:
        return 0
    is_end = marks.reshape(-1, width) == ord("\n")
    return len(is_end) if is_end[:, -1].all() and not is_end[:, :-1].any() else 0


def _fill_missing(text: bytes) -> bytes:
    """Return cells separated by commas, with ``_MISSING`` in those that are blank or ``NA``."""
    missing = b"," + _MISSING_TEXT + b","
    text = b"," + text
    for blank in (b",,", b",NA,"):
        if blank in text:
            # Neighbours share a comma, so the first pass leaves out every other one.
            text = text.replace(blank, missing).replace(blank, missing)
    return text[1:]


def _parse_cells(text: bytes) -> Floats | None:
    """Return the numbers in *text*, each followed by a comma, or None if it contains anything else."""
    if _BLANK_CELL.search(text):
        return None  # numpy reads a cell of spaces as -1
    try:
        with catch_warnings():
            simplefilter("error")
            return np.fromstring(text[:-1], sep=",")
    except (ValueError, DeprecationWarning):
        return None
