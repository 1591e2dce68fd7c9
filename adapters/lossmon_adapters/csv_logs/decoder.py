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
from lossmon_adapters.csv_logs.cells import LONGEST_LINE, SPACES, RowJoiner
from lossmon_adapters.csv_logs.header import MOST_COLUMNS, Header
from lossmon_adapters.csv_logs.rows import MISSING, HeaderFinder, parse_row, text_record
from lossmon_adapters.shared.epoch_steps import EpochSteps
from lossmon_adapters.shared.lines import MIN_BLOCK_BYTES, LineDecoder, line_spans
from lossmon_adapters.shared.records import MAX_RUNS, TOO_MANY_RUNS, RecordCollector

_MISSING_TEXT = b"-7e-323"
"""``MISSING`` as text."""

_NUMERIC_BYTES = b"0123456789+-.eE naifNAIF,;\t\r\n"
"""The bytes of rows of plain numbers; text with any other byte is decoded row by row."""


class CsvDecoder(LineDecoder):
    """Decodes one table. Each row gives a point to every column in which it has a number.

    A header that comes again, perhaps with other columns, replaces the one before. If the counter then begins as it
    did at first, the rows are those of another training; there are no more than ``MAX_RUNS``. A row with more or fewer
    cells than the header is left out, since nothing tells which of its cells are missing.
    """

    def __init__(self) -> None:
        super().__init__(LONGEST_LINE)
        self._joiner = RowJoiner()
        self._headers = HeaderFinder()
        self._records = RecordCollector()
        self._names: dict[str, Name] = {}
        self._has_wall_times: bool | None = None
        self._rows_without_x = 0
        self._first_x: float | None = None
        self._last_x = 0.0
        self._steps = EpochSteps()
        self._is_header_repeated = False
        self._trainings = 1
        self._ragged_rows = 0
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
        if self._joiner.unclosed:
            warnings.append(f"rows with an open quote or an oversized cell left out: {self._joiner.unclosed:,}")
        if self._trainings > MAX_RUNS:
            warnings.append(TOO_MANY_RUNS)
        return warnings + self._records.warnings

    def finish(self) -> list[Scalars]:
        """Return the points of a last row that has no newline."""
        return self._decode(self._lines.finish())

    def successor(self) -> CsvDecoder:
        """Return a decoder for the same log after it was emptied: programs that rotate logs leave no header."""
        decoder = CsvDecoder()
        decoder._headers = self._headers.successor()
        return decoder

    def _decode(self, text: bytes) -> list[Scalars]:
        scalars: list[Scalars] = []
        # Rows can only be decoded at once below a known header.
        header_size = text.find(b"\n") + 1 if self._headers.header is None else 0
        for begin, end in line_spans(text, header_size):
            lines = text[begin:end]
            rows = self._parse_block(lines) if len(lines) >= MIN_BLOCK_BYTES else None
            scalars += self._parse_lines(lines) if rows is None else self._scalars(rows)
        return scalars

    def _parse_block(self, lines: bytes) -> Floats | None:
        """Return the cells of all *lines*, shape (rows, columns), if they are whole rows of plain numbers."""
        header = self._headers.header
        if header is None or header.text_columns or header.delimiter == SPACES or self._joiner.is_open:
            return None
        if lines.translate(None, _NUMERIC_BYTES):
            return None
        delimiter = header.delimiter.encode()
        text = lines.replace(b",", b".") if header.delimiter == ";" else lines
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
            row = self._joiner.feed(line)
            if row is None:
                continue
            found = self._headers.find(row)
            if found:
                scalars += self._scalars(np.array(rows))
                rows = []
                self._start_table(*found)
            if not found or found[0] != row:
                rows += self._parse_row(row)
        return scalars + self._scalars(np.array(rows)) + self._records.take()

    def _start_table(self, line: str, header: Header) -> None:
        self._headers.set(line, header)
        self._joiner.width, self._joiner.delimiter = header.width, header.delimiter
        if self._headers.is_new:
            self._has_wall_times = None
        self._is_header_repeated = not self._headers.is_new
        if header.width > MOST_COLUMNS:
            self._cut_columns = header.width

    def _parse_row(self, line: str) -> list[list[float]]:
        """Return the cells of a row, ``MISSING`` where one has no number; none if it is no row, or is a record."""
        header = self._headers.header
        if header is None or not line.strip():
            return []
        row = parse_row(line, header)
        if row is None:
            self._ragged_rows += not self._headers.is_comment(line)
            return []
        if header.text_columns:
            record = text_record(row, header)
            if record:
                self._records.add(record)
            return []
        return [row.numbers] if row.is_counted else []

    def _scalars(self, rows: Floats) -> list[Scalars]:
        """Return the points in *rows*, shape (rows, columns)."""
        header = self._headers.header
        if header is None or not len(rows):
            return []
        columns = np.ascontiguousarray(rows.T)
        present = columns != MISSING
        run = self._training_of(header, columns)
        if self._trainings > MAX_RUNS:
            return []
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
            scalars.append(Scalars(name, header.axis, *points, run))
        return scalars

    def _training_of(self, header: Header, columns: Floats) -> str:
        """Return the name of the training that the rows belong to; empty for the first one in the log."""
        if header.x is not None and columns[header.x][0] != MISSING:
            first = float(columns[header.x][0])
            self._first_x = first if self._first_x is None else self._first_x
            if self._is_header_repeated and first == self._first_x:
                self._trainings += 1
                self._steps = EpochSteps()
        self._is_header_repeated = False
        return str(self._trainings) if self._trainings > 1 else ""

    def _x(self, header: Header, columns: Floats) -> Ints | Floats:
        """Return x of each row; a row without x has that of the row before."""
        count = columns.shape[1]
        if header.x is None:
            self._rows_without_x += count
            return np.arange(self._rows_without_x - count, self._rows_without_x)
        x = np.concatenate([[self._last_x], self._steps_of_training(header, columns)])
        is_known = np.isfinite(x) & (x != MISSING)
        x = x[np.maximum.accumulate(np.where(is_known, np.arange(count + 1), 0))]
        self._last_x = float(x[-1])
        return as_integers(x)[1:]

    def _steps_of_training(self, header: Header, columns: Floats) -> Floats:
        """Return the counter of each row, also where it begins anew in each epoch."""
        x = columns[header.x]
        if header.epoch is None:
            return x
        epochs = columns[header.epoch]
        is_known = (x != MISSING) & (epochs != MISSING) & np.isfinite(x) & np.isfinite(epochs)
        steps = x.copy()
        steps[is_known] = self._steps.convert_all(epochs[is_known], x[is_known])
        return steps

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
    """Return cells separated by commas, with ``MISSING`` in those that are blank or ``NA``."""
    missing = b"," + _MISSING_TEXT + b","
    if b" " in text:
        # NumPy would read a blank cell as -1.
        text = b",".join([cell.strip(b" ") for cell in text.split(b",")])
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
