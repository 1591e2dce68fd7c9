"""Find the table at the start of a file, and tell the history of a training from other tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, islice, pairwise
from typing import NamedTuple

from lossmon.core.metric_names import (
    EARLIEST_WALL_TIME,
    ROW_PER_TRAINING_WORDS,
    SPLIT_WORDS,
    TOTAL_COUNTER_NAMES,
    WALL_TIME_NAMES,
    is_held_out,
    is_loss,
    is_metric,
)
from lossmon.core.text import as_utf8
from lossmon_adapters.csv_logs.cells import RowJoiner, separator_in
from lossmon_adapters.csv_logs.header import Header, is_row, parse_comment_header, parse_header, row_cells
from lossmon_adapters.shared.heads import is_binary
from lossmon_adapters.shared.numbers import parse_count, parse_number

_HEAD_BYTES = 4096
"""A head of so many bytes, or more, may be cut; a shorter one is the whole file."""
_MOST_ROWS = 200
"""Rows that are looked at."""
_MIN_ROWS = 3
"""Rows from which on their values say whether each is an epoch."""


class Table(NamedTuple):
    """The header at the start of a file, and the rows after it."""

    header: Header
    rows: list[str]
    is_comment: bool = False
    """Whether the header is in a comment."""


@lru_cache(maxsize=2)
def find_table(head: bytes) -> Table | None:
    """Return the table at the start of a file; None if the file is no table.

    The result is remembered, since several formats ask for that of one file.
    """
    if is_binary(head):
        return None
    text = as_utf8(head).decode("utf-8", "replace").replace("\0", "")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if len(lines) == 1 and len(head) >= _HEAD_BYTES:
        # The header is longer than the head, so its last name is cut.
        lines = [text.rpartition(",")[0], ""]
    has_comment = any(mark in "\n" + text for mark in ("\n#", "\n%"))
    if not has_comment and not _begin_with_header(lines[:-1]):
        return None
    rows = list(_rows(lines[:-1]))
    delimiter = separator_in(rows[0]) if rows else None
    rows = rows[1:] if delimiter else rows
    comments = [row for row in rows if row.startswith(("#", "%"))]
    data = [row for row in rows if not row.startswith(("#", "%"))]
    header = parse_header(data[0], delimiter) if data else None
    if header:
        return Table(header, data[1:])
    return _below_comment(comments, data)


def _begin_with_header(lines: Sequence[str]) -> bool:
    """Return whether *lines* begin with a header, which may be behind the line for Excel."""
    first, second = islice(chain(_rows(lines), ("", "")), 2)
    delimiter = separator_in(first)
    return parse_header(second if delimiter else first, delimiter) is not None


def _below_comment(comments: Sequence[str], rows: list[str]) -> Table | None:
    """Return the table whose header is the last of *comments* that fits the first row."""
    for comment in reversed(comments):
        header = parse_comment_header(comment)
        if header and rows and is_row(rows[0], header):
            return Table(header, rows, is_comment=True)
    return None


def _rows(lines: Iterable[str]) -> Iterator[str]:
    joiner = RowJoiner()
    for line in lines:
        row = joiner.feed(line)
        if row is not None and row.strip():
            yield row


def is_history(table: Table) -> bool:
    """Return whether *table* can be the history of a training: an epoch or a step a row, and a loss or a metric."""
    header = table.header
    cells = [row for line in table.rows[:_MOST_ROWS] if (row := row_cells(line, header)) is not None]
    if header.is_long:
        return _is_long_history(header, cells)
    if header.x is None:
        is_other = _is_row_per_training(header, cells) or _counts_something_else(header, cells)
        return (_has_losses(header) or _has_both_splits(header, cells)) and not is_other
    return any(is_metric(name) for name in header.lower) and _may_be_counter(header, cells)


def is_numeric(table: Table) -> bool:
    """Return whether the rows of *table*, as far as they were read, are numbers only, and there are some."""
    header = table.header
    rows = [row_cells(line, header) for line in table.rows[:_MOST_ROWS]]
    return bool(rows) and all(
        row is not None and all(not cell.strip() or parse_number(cell, header.delimiter) is not None for cell in row)
        for row in rows[:-1] or rows
    )


def _is_long_history(header: Header, rows: Sequence[Sequence[str]]) -> bool:
    """Return whether a column of *rows* names a loss, or a metric at an epoch or a step."""
    is_known = is_loss if header.x is None else is_metric
    return any(is_known(row[column].lower()) for row in rows for column in header.text_columns)


def _has_losses(header: Header) -> bool:
    losses = sum(is_loss(name) for name in header.lower)
    return header.has_both_losses or (losses > 1 and len(header.names) <= 2 * losses)


def _has_both_splits(header: Header, rows: Sequence[Sequence[str]]) -> bool:
    """Return whether a column names train and held-out data, and another is of a loss."""
    words = ({row[column].strip().lower() for row in rows} & SPLIT_WORDS for column in header.text_columns)
    return bool(header.losses) and any(len(set(map(is_held_out, found))) > 1 for found in words)


def _is_row_per_training(header: Header, rows: Sequence[Sequence[str]]) -> bool:
    """Return whether each row is another training: it is named, or it has other settings than the row before."""
    if len(rows) < 2:
        return False
    columns = list(zip(*rows, strict=False))
    for column, name in enumerate(header.lower[: len(columns)]):
        values = columns[column]
        is_setting = name in ROW_PER_TRAINING_WORDS and len(set(values)) > 1
        if is_setting or (column not in header.text_columns and _are_names(values, header.delimiter)):
            return True
    return False


def _are_names(values: Sequence[str], delimiter: str) -> bool:
    """Return whether *values* are texts that all differ, and no times, which begin with a digit."""
    return len(set(values)) == len(values) and all(
        value.strip()[:1].isalpha() and parse_number(value, delimiter) is None for value in values
    )


def _counts_something_else(header: Header, rows: Sequence[Sequence[str]]) -> bool:
    """Return whether the first column counts what is no epoch, such as hours; epochs are certain beside both losses."""
    name = header.lower[0]
    if header.has_both_losses or not name or name == "index" or name.startswith("unnamed:") or name in WALL_TIME_NAMES:
        return False
    counted = [parse_number(row[0], header.delimiter) for row in rows]
    numbers = [number for number in counted if number is not None]
    return len(numbers) >= _MIN_ROWS and len(numbers) == len(counted) and _is_regular(numbers)


def _is_regular(numbers: Sequence[float]) -> bool:
    steps = {later - earlier for earlier, later in pairwise(numbers)}
    return len(steps) == 1 and 0 not in steps


def _may_be_counter(header: Header, rows: Sequence[Sequence[str]]) -> bool:
    """Return whether the column called like a counter is one, not a time or the length of each training."""
    if header.x is None or not rows:
        return True
    counts = [count for row in rows if (count := parse_count(row[header.x], header.delimiter)) is not None]
    if header.axis == "epoch" and counts and counts[0] > EARLIEST_WALL_TIME:
        return False
    goes_back = any(later < earlier for earlier, later in pairwise(counts))
    is_total = header.lower[header.x] in TOTAL_COUNTER_NAMES and len(counts) >= _MIN_ROWS
    if is_total and len(set(counts)) == 1:
        return False
    return not (goes_back and _is_row_per_training(header, rows))
