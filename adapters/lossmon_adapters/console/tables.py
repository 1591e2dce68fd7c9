"""Parse tables in output: a row for each epoch, or a row for each metric with a column for each data split."""

from __future__ import annotations

import re

from lossmon.core.metric_names import COUNTER_ABBREVIATIONS, EPOCH_NAMES, NOT_METRIC_NAMES, STEP_NAMES
from lossmon_adapters.console.counters import NO_COUNTERS, Counters
from lossmon_adapters.console.line_parser import ParsedLine, has_metric
from lossmon_adapters.console.plain_text import NUMBER
from lossmon_adapters.console.values import LONGEST_NAME, SPLIT_WORD

_MOST_COLUMNS = 64
"""Columns of a table; a line with more is no header."""
_MOST_WORDS = 4
"""Words of a column name; what has more is prose."""

_TOTAL = "total"
_COLUMNS_BESIDE_TOTAL = {"epoch", "batch"}
"""Where a table has these columns, ``total`` is the sum of its losses."""
_DELIMITERS = "|│┃\t,"
_DIGIT = re.compile(rb"[0-9]")
_NUMBER = re.compile(NUMBER, re.IGNORECASE)
_COUNTER = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,18})?)(?:/([0-9]{1,9}))?")
_PROGRESS_BAR = re.compile(r":\s{1,8}[0-9]{1,3}%")
_COLUMN_GAP = re.compile(r"\s{2,}")
_NAME_END = re.compile(r"[\s,|]{1,64}")
_ROW_START = re.compile(r"\s{0,64}[0-9]")


class EpochTable:
    """A table with a row for each epoch or evaluation, known by its header.

    Its cells are separated by *delimiter*, or by spaces where that is empty; then a row must have as many words as the
    header has names.
    """

    def __init__(self, names: list[str], delimiter: str) -> None:
        lower = [name.lower() for name in names]
        if COUNTER_ABBREVIATIONS.keys() & set(lower):
            lower = [COUNTER_ABBREVIATIONS.get(name, name) for name in lower]
        if _TOTAL in lower and set(lower) >= _COLUMNS_BESIDE_TOTAL:
            names = ["total loss" if name == _TOTAL else name for name in lower]
            lower = names
        self._width = len(names)
        self._delimiter = delimiter
        self._epoch = _column_of(lower, EPOCH_NAMES)
        self._step = _column_of(lower, STEP_NAMES)
        counters = (self._epoch, self._step)
        self._metrics = [
            (column, name)
            for column, name in enumerate(names)
            if column not in counters and lower[column] not in NOT_METRIC_NAMES
        ]

    def may_be_row(self, line: bytes) -> bool:
        """Return whether *line* has what every row has, a digit; it takes much less time than ``parse_row``."""
        return _DIGIT.search(line) is not None

    @property
    def has_counter(self) -> bool:
        """Whether the header has the name of a counter."""
        return self._epoch is not None or self._step is not None

    @property
    def is_of_training(self) -> bool:
        """Whether the header has a counter and a metric."""
        return self.has_counter and has_metric([name for _, name in self._metrics])

    def parse_row(self, text: str) -> ParsedLine | None:
        """Return the counters and values of *text*, or None if it has not both and so is no row."""
        if self._delimiter not in text:
            return None
        cells = self._cells(text)
        if self._delimiter == "\t" and len(cells) == self._width + 1 and "" in cells:
            # Behind the empty cell it is not sure which column a number is of.
            cells = [*cells[: cells.index("")], *[""] * self._width][: self._width]
        if len(cells) != self._width:
            return None
        epoch, step = _counter(cells, self._epoch), _counter(cells, self._step)
        values = [(name, float(cells[at])) for at, name in self._metrics if _NUMBER.fullmatch(cells[at])]
        if (epoch is None and step is None) or not has_metric([name for name, _ in values]):
            return None
        return ParsedLine(_counters(epoch, step), values)

    def _cells(self, text: str) -> list[str]:
        if self._delimiter:
            return _split(text, self._delimiter)
        if not _ROW_START.match(text):
            return []
        bar = _PROGRESS_BAR.search(text)
        return (text[: bar.start()] if bar else text).split()


class SplitTable:
    """A table with a row for each metric, whose columns are data splits."""

    def __init__(self, splits: list[str]) -> None:
        self._splits = splits

    def may_be_row(self, line: bytes) -> bool:
        """Return whether *line* has what every row has, a mark between two cells."""
        return b"|" in line

    def parse_row(self, text: str) -> ParsedLine | None:
        """Return the values of *text*, or None if it is no row: a name, and a number for one of the splits."""
        if "|" not in text:
            return None
        name, *cells = _split(text, "|")
        name = _without_log_prefix(name)
        if len(cells) != len(self._splits) or not name:
            return None
        numbers = [pair for pair in zip(self._splits, cells, strict=True) if _NUMBER.fullmatch(pair[1])]
        values = [(f"{split}/{name}", float(cell)) for split, cell in numbers]
        return ParsedLine(NO_COUNTERS, values) if has_metric([tag for tag, _ in values]) else None


def parse_table_header(text: str) -> EpochTable | SplitTable | None:
    """Return the table whose header is *text*, or None if it is no header."""
    table = _table_with_columns(text)
    return table if isinstance(table, SplitTable) or (table and table.is_of_training) else None


def may_be_table_header(text: str) -> bool:
    """Return whether *text* may be a header, if it has other digits in the place of its digits."""
    table = _table_with_columns(text)
    return isinstance(table, SplitTable) or (table is not None and table.has_counter)


def _table_with_columns(text: str) -> EpochTable | SplitTable | None:
    """Return the table that has the parts of *text* as its columns; None if one of them is no name of a column."""
    cells, delimiter = _header_cells(text)
    if delimiter == "|":
        splits = [_without_log_prefix(cell) for cell in cells if cell]
        if len(splits) > 1 and all(SPLIT_WORD.fullmatch(split) for split in splits):
            return SplitTable(splits)
    is_header = 2 <= len(cells) <= _MOST_COLUMNS and all(map(_is_column_name, cells))
    return EpochTable(cells, delimiter) if is_header else None


def _header_cells(text: str) -> tuple[list[str], str]:
    """Return the parts of *text*, and the mark between them, empty if that is a gap."""
    text = _without_hash(text.rstrip())
    delimiter = next((mark for mark in _DELIMITERS if mark in text), "")
    return _split(text, delimiter) if delimiter else _split_at_gaps(text), delimiter


def _without_hash(text: str) -> str:
    """Return a header such as ``# step  rmse_val`` without its comment mark; spaCy's ``E  #  LOSS`` has none."""
    names = text.lstrip().removeprefix("#")
    is_comment = len(names) < len(text.lstrip()) and not {*EPOCH_NAMES, *STEP_NAMES}.isdisjoint(
        _NAME_END.split(names.lower())
    )
    return names.lstrip() if is_comment else text


def _split(text: str, delimiter: str) -> list[str]:
    cells = [cell.strip() for cell in text.split(delimiter)]
    return cells if delimiter == "\t" else cells[not cells[0] : len(cells) - (len(cells) > 1 and not cells[-1])]


def _split_at_gaps(text: str) -> list[str]:
    """Return names that are two or more spaces apart; one space where that gives no more than two."""
    cells = _COLUMN_GAP.split(text.strip())
    return cells if len(cells) > 2 else text.split()


def _without_log_prefix(cell: str) -> str:
    """Return *cell* without the time and module that a logger puts before it."""
    return _COLUMN_GAP.split(cell.rpartition(" - ")[2].strip())[-1]


def _is_column_name(cell: str) -> bool:
    has_start = cell[:1].isalpha() or cell == "#"
    return has_start and len(cell) <= LONGEST_NAME and len(cell.split()) <= _MOST_WORDS and cell[-1] not in ":=.?!"


def _column_of(columns: list[str], names: tuple[str, ...]) -> int | None:
    return next((columns.index(name) for name in names if name in columns), None)


def _counter(cells: list[str], column: int | None) -> re.Match[str] | None:
    return None if column is None else _COUNTER.fullmatch(cells[column])


def _counters(epoch: re.Match[str] | None, step: re.Match[str] | None) -> Counters:
    return Counters(
        epoch=float(epoch.group(1)) if epoch else None,
        step=int(float(step.group(1))) if step else None,
        total_epochs=int(epoch.group(2)) if epoch and epoch.group(2) else None,
        total_steps=int(step.group(2)) if step and step.group(2) else None,
    )
