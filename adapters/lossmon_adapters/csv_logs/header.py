"""The header of a table in delimited text: which of its columns hold x, time, metrics, splits and trainings."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from lossmon.core.metric_names import (
    EPOCH_NAMES,
    METRIC_COLUMN_NAMES,
    STEP_NAMES,
    WALL_TIME_NAMES,
    has_train_and_held_out_loss,
    is_loss,
    is_metric,
)
from lossmon_adapters.csv_logs.cells import SPACES, guess_delimiter, split_cells
from lossmon_adapters.shared.fields import find_fields
from lossmon_adapters.shared.numbers import parse_number

if TYPE_CHECKING:
    from lossmon.core.points import Axis

MOST_COLUMNS = 256
"""Columns of a table that are read; the others are left out."""
LONGEST_NAME = 256
"""Characters of a column's name; what is longer is data."""
_LETTERS = re.compile(r"[a-z]+")
_LONG_WORDS = frozenset(word for name in METRIC_COLUMN_NAMES for word in name.split("_"))
"""One of them is in each header of a table with a single value in each row."""
_UNIT = re.compile(r"\s*[(\[].*", re.DOTALL)
"""What some programs write behind the name of a column: ``epoch (int)``."""


class Header:
    """The names of the columns of a table, and what they mean."""

    def __init__(self, delimiter: str, names: list[str]) -> None:
        self.delimiter = delimiter
        self.width = len(names)
        """Cells of a row."""
        self.names = tuple(" ".join(name.split()).strip("\"'") for name in names[:MOST_COLUMNS])
        """The names of the columns that are read."""

    @cached_property
    def lower(self) -> tuple[str, ...]:
        """The names in lower case."""
        return tuple(name.lower() for name in self.names)

    @cached_property
    def x(self) -> int | None:
        """The column that counts steps or epochs; None where there is none and each row is an epoch."""
        plain = [_UNIT.sub("", name) for name in self.lower]
        for name in (*STEP_NAMES, *EPOCH_NAMES):
            if name in plain:
                return plain.index(name)
        return None

    @cached_property
    def x_name(self) -> str:
        """The name of the counter without its unit; empty if there is none."""
        return "" if self.x is None else _UNIT.sub("", self.lower[self.x])

    @cached_property
    def losses(self) -> list[int]:
        """The columns of losses."""
        return [column for column, name in enumerate(self.lower) if is_loss(name)]

    @property
    def axis(self) -> Axis:
        """What x counts. Tables without a column for it are histories that are written once an epoch."""
        return "epoch" if self.x is None or self.x_name in EPOCH_NAMES else "step"

    @cached_property
    def epoch(self) -> int | None:
        """The column that counts epochs beside one that counts steps, if any."""
        others = [column for column, name in enumerate(self.lower) if name in EPOCH_NAMES and column != self.x]
        return others[0] if others and self.axis == "step" else None

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

    @cached_property
    def text_columns(self) -> frozenset[int]:
        """The columns whose texts say what the numbers of a row are: its split, its training, its metric."""
        return frozenset(map(self.names.index, find_fields(self.names).texts))

    @cached_property
    def is_long(self) -> bool:
        """Whether each row holds a single value, and a column names its metric."""
        return find_fields(self.names).metric is not None

    @property
    def is_of_training(self) -> bool:
        """Whether it can be the header of a training log: without a counter only a loss is proof enough."""
        is_known = is_loss if self.x is None else is_metric
        return self.is_long or any(is_known(name) for name in self.lower)

    @cached_property
    def has_both_losses(self) -> bool:
        """Whether there is a loss of train, or of no split, and one of held-out data."""
        return has_train_and_held_out_loss(self.lower)


def parse_header(line: str, delimiter: str | None = None) -> Header | None:
    """Return the header in *line*, or None: a header has only names, and one of them is a metric.

    *delimiter* separates the names; it is guessed if it is None.
    """
    if not line or line.startswith("#") or not _may_be_header(line):
        return None
    delimiter = guess_delimiter(line) if delimiter is None else delimiter
    cells = split_cells(line, delimiter)
    if not cells or (delimiter == SPACES and len(cells) == 1):
        return None
    header = Header(delimiter, cells)
    if any(parse_number(name) is not None or len(name) > LONGEST_NAME for name in header.names):
        return None
    return header if header.is_of_training else None


def _may_be_header(line: str) -> bool:
    """Return whether the words of a header are in *line*, whatever its cells are; a table may have a million lines."""
    lower = line.lower()
    return is_metric(lower) or not _LONG_WORDS.isdisjoint(_LETTERS.findall(lower))


def parse_comment_header(line: str) -> Header | None:
    """Return the header in a comment, as ``np.savetxt`` writes it, or None: only one with a counter is known as such.

    >>> parse_comment_header("# epoch loss val_loss").names
    ('epoch', 'loss', 'val_loss')
    """
    header = parse_header(line.lstrip("#% \t"), None)
    return header if header and header.x is not None else None


def row_cells(line: str, header: Header) -> list[str] | None:
    """Return the cells of a row below *header*, or None if *line* has another number of them.

    One cell too many is left out if it is the only empty one: some programs write a delimiter too much.
    """
    cells = split_cells(line, header.delimiter)
    if cells is None or len(cells) == header.width:
        return cells
    if len(cells) != header.width + 1:
        return None
    if not cells[-1].strip():
        return cells[:-1]
    empty = [column for column, cell in enumerate(cells) if not cell.strip()]
    if len(empty) != 1:
        return None
    return cells[: empty[0]] + cells[empty[0] + 1 :]


def is_row(line: str, header: Header) -> bool:
    """Return whether *line* can be a row below *header*: it has as many cells, and one of them is a number."""
    cells = row_cells(line, header)
    if cells is None:
        return False
    return any(parse_number(cell, header.delimiter) is not None for cell in cells)
