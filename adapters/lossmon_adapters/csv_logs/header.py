"""Recognise the header of a table in delimited text, and which of its columns hold x, time and metrics."""

from __future__ import annotations

import csv
import re
from functools import cached_property
from typing import TYPE_CHECKING

from lossmon.core.metric_names import EPOCH_NAMES, STEP_NAMES, WALL_TIME_NAMES, is_loss, is_metric
from lossmon.core.text import as_utf8

if TYPE_CHECKING:
    from lossmon.core.points import Axis

MOST_COLUMNS = 256
"""Columns of a table that are read; the others are left out."""
LONGEST_LINE = 1 << 20
"""Bytes of a row that is read; a longer one is left out."""
LONGEST_NAME = 256
"""Characters of a column's name; what is longer is data."""
_HEAD_BYTES = 4096
"""A head of this many bytes or more may be cut; a shorter one is the whole file."""

_DELIMITERS = ",\t;"
_NUMBER = re.compile(
    r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?nan|[+-]?inf(?:inity)?", re.IGNORECASE
)


class Header:
    """The names of the columns of a table, and what they mean."""

    def __init__(self, delimiter: str, names: list[str]) -> None:
        self.delimiter = delimiter
        self.width = len(names)
        """Cells of a row."""
        self.names = tuple(name.strip().strip("\"'") for name in names[:MOST_COLUMNS])
        """The names of the columns that are read."""

    @cached_property
    def lower(self) -> tuple[str, ...]:
        """The names in lower case."""
        return tuple(name.lower() for name in self.names)

    @cached_property
    def x(self) -> int | None:
        """The column that counts steps or epochs; None where there is none and each row is an epoch."""
        for name in (*STEP_NAMES, *EPOCH_NAMES):
            if name in self.lower:
                return self.lower.index(name)
        return None

    @property
    def axis(self) -> Axis:
        """What x counts. Tables without a column for it are histories that are written once an epoch."""
        return "epoch" if self.x is None or self.lower[self.x] in EPOCH_NAMES else "step"

    @cached_property
    def wall(self) -> int | None:
        """The column that may hold seconds since 1970, if any."""
        return next((column for column, name in enumerate(self.lower) if name in WALL_TIME_NAMES), None)

    @cached_property
    def tags(self) -> dict[int, str]:
        """The tag of each column of values; a name that occurs again gets a number, as pandas does it."""
        tags: dict[int, str] = {}
        seen: dict[str, int] = {}
        for column, name in enumerate(self.names):
            # "index" and "Unnamed: 0" are the row numbers that pandas writes.
            if column == self.x or not name or name.lower() == "index" or name.startswith("Unnamed:"):
                continue
            count = seen[name] = seen.get(name, -1) + 1
            tags[column] = f"{name}.{count}" if count else name
        return tags

    @property
    def is_of_training(self) -> bool:
        """Whether it can be the header of a training log: without a counter only a loss is proof enough."""
        is_known = is_loss if self.x is None else is_metric
        return any(is_known(name) for name in self.lower)


def parse_number(cell: str, delimiter: str = ",") -> float | None:
    """Return the number in *cell*, or None: ASCII digits, NaN or infinity, as programs write them.

    Where semicolons separate the cells, a comma is the decimal mark, as in much of the world.

    >>> parse_number(" 1e-3"), parse_number("0,25", ";"), parse_number("1_000")
    (0.001, 0.25, None)
    """
    text = cell.strip(" \t").replace(",", ".") if delimiter == ";" else cell.strip(" \t")
    match = _NUMBER.fullmatch(text)
    return float(match.group()) if match else None


def guess_delimiter(line: str) -> str:
    r"""Return the delimiter that occurs most often in *line*, a comma where none does.

    >>> guess_delimiter("epoch\tloss")
    '\t'
    """
    return max(_DELIMITERS, key=line.count)


def split_cells(line: str, delimiter: str) -> list[str] | None:
    """Return the cells of *line*, or None if it is no row: it has an open quote or too long a cell.

    >>> split_cells('1,"a, b"', ",")
    ['1', 'a, b']
    """
    if '"' not in line:
        return line.split(delimiter)
    if line.count('"') % 2:
        return None
    try:
        return next(csv.reader([line], delimiter=delimiter))
    except csv.Error:
        return None


def parse_header(line: str) -> Header | None:
    """Return the header in *line*, or None: a header has only names, and one of them is a metric."""
    if not line or line.startswith("#"):
        return None
    delimiter = guess_delimiter(line)
    cells = split_cells(line, delimiter)
    if not cells:
        return None
    header = Header(delimiter, cells)
    if any(parse_number(name) is not None or len(name) > LONGEST_NAME for name in header.names):
        return None
    return header if header.is_of_training else None


def find_header(head: bytes) -> tuple[Header, list[str]] | None:
    """Return the header at the start of a file, and the complete lines after it; None if the file is no table."""
    text = as_utf8(head).decode("utf-8", "replace")
    lines = [line.rstrip("\r") for line in text.replace("\0", "").split("\n")]
    complete = [line for line in lines[:-1] if line.strip() and not line.startswith("#")]
    if len(lines) == 1 and len(head) >= _HEAD_BYTES:
        # The header is longer than the head, so its last name is cut.
        complete = [text.rpartition(",")[0]]
    header = parse_header(complete[0]) if complete else None
    return (header, complete[1:]) if header else None


def is_row(line: str, header: Header) -> bool:
    """Return whether *line* can be a row below *header*: it has as many cells, and one of them is a number."""
    cells = split_cells(line, header.delimiter)
    if cells is None or len(cells) != header.width:
        return False
    return any(parse_number(cell, header.delimiter) is not None for cell in cells)
