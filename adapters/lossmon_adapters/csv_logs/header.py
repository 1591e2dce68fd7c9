"""What the header of a table says."""

from __future__ import annotations

import csv
import re
from functools import cached_property
from typing import TYPE_CHECKING

from lossmon.core.naming import EPOCHS, STEPS, WALLS, is_loss, is_metric
from lossmon.core.text import as_utf8

if TYPE_CHECKING:
    from lossmon.core.points import Axis

MOST_COLUMNS = 256
"""Columns of a table that are read."""

_DELIMITERS = ",\t;"
_LONGEST_NAME = 256
_NUMBER = re.compile(
    r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?nan|[+-]?inf(?:inity)?", re.IGNORECASE
)


class Header:
    """The names of a table's columns, and which of them it is read by."""

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
        """The column that counts steps or epochs; None where only the rows count."""
        for name in (*STEPS, *EPOCHS):
            if name in self.lower:
                return self.lower.index(name)
        return None

    @property
    def axis(self) -> Axis:
        """What x counts; rows are epochs, because the tables without x are histories written at the end of each."""
        return "epoch" if self.x is None or self.lower[self.x] in EPOCHS else "step"

    @cached_property
    def wall(self) -> int | None:
        """A column that may hold seconds since 1970."""
        return next((index for index, name in enumerate(self.lower) if name in WALLS), None)

    @cached_property
    def tags(self) -> dict[int, str]:
        """The tag of each column that may be one; a name that comes again is numbered, as pandas does."""
        tags: dict[int, str] = {}
        seen: dict[str, int] = {}
        for index, name in enumerate(self.names):
            if index == self.x or not name or name.lower() == "index" or name.startswith("Unnamed:"):
                continue
            count = seen[name] = seen.get(name, -1) + 1
            tags[index] = f"{name}.{count}" if count else name
        return tags

    @property
    def tells(self) -> bool:
        """Say whether this can be the header of a training log at all."""
        known = is_loss if self.x is None else is_metric
        return any(known(name) for name in self.lower)


def number_in(cell: str, delimiter: str = ",") -> float | None:
    """Return the number *cell* is, as programs write it: in ASCII digits, NaN or infinite.

    Where semicolons part the cells, commas are free to mark decimals, as they do in half of the world.
    """
    text = cell.strip(" \t").replace(",", ".") if delimiter == ";" else cell.strip(" \t")
    match = _NUMBER.fullmatch(text)
    return float(match.group()) if match else None


def cells_of(line: str, delimiter: str) -> list[str] | None:
    """Return the cells of one line, or None of a line that is none of a table: an open quote, a cell too long."""
    if '"' not in line:
        return line.split(delimiter)
    if line.count('"') % 2:
        return None
    try:
        return next(csv.reader([line], delimiter=delimiter))
    except csv.Error:
        return None


def parse_header(line: str) -> Header | None:
    """Return the header *line* is, or None: a header has names only, and one of them tells of training."""
    if not line or line.startswith("#"):
        return None
    delimiter = max(_DELIMITERS, key=line.count)
    cells = cells_of(line, delimiter)
    if not cells:
        return None
    header = Header(delimiter, cells)
    if any(number_in(name) is not None or len(name) > _LONGEST_NAME for name in header.names):
        return None
    return header if header.tells else None


def header_of(head: bytes) -> tuple[Header, list[str]] | None:
    """Return the header a file begins with and the complete lines after it."""
    text = as_utf8(head).decode("utf-8", "replace")
    lines = [line.rstrip("\r") for line in text.replace("\0", "").split("\n")]
    complete = [line for line in lines[:-1] if line.strip() and not line.startswith("#")]
    if len(lines) == 1 and len(head) >= 4096:
        # The header alone is longer than what was read of it; its last name is cut.
        complete = [text.rpartition(",")[0]]
    header = parse_header(complete[0]) if complete else None
    return (header, complete[1:]) if header else None


def numeric(header: Header, line: str) -> bool:
    """Say whether *line* can be a row below *header*: its cells are as many, and one of them is a number."""
    cells = cells_of(line, header.delimiter)
    if cells is None or len(cells) != header.width:
        return False
    return any(number_in(cell, header.delimiter) is not None for cell in cells)
